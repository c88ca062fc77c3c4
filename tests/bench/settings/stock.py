"""The peer: django-tenants as it comes, with its middleware, backend and defaults; it knows no roles, so the owner logs in."""

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES
from tests.bench.settings import REQUIRED

DATABASES = {
    "default": DATABASES["owner"]
    | {"ENGINE": "django_tenants.postgresql_backend", "OPTIONS": DATABASES["default"]["OPTIONS"]},
}
DATABASE_ROUTERS, TENANT_SYNC_ROUTER = ["django_tenants.routers.TenantSyncRouter"], "django_tenants.routers.TenantSyncRouter"
TENANT_LIMIT_SET_CALLS = False
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware", REQUIRED]
ROOT_URLCONF = PUBLIC_SCHEMA_URLCONF = "tests.bench.served"
