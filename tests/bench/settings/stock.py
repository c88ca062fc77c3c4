"""The peer: django-tenants as it comes: middleware, backend, defaults. It knows no roles, so the owner logs in."""

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES
from tests.bench.settings import REQUIRED, SILENCED

DATABASES = {
    "default": DATABASES["owner"]
    | {"ENGINE": "django_tenants.postgresql_backend", "OPTIONS": DATABASES["default"]["OPTIONS"]},
}
TENANT_SYNC_ROUTER = "django_tenants.routers.TenantSyncRouter"
DATABASE_ROUTERS = [TENANT_SYNC_ROUTER]
TENANT_LIMIT_SET_CALLS = False
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware", REQUIRED]
SILENCED_SYSTEM_CHECKS = SILENCED
ROOT_URLCONF = PUBLIC_SCHEMA_URLCONF = "tests.bench.served"
