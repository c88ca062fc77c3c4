"""A server with our tenancy and nothing else: our middleware, our backend, login and pool as in production."""

from config.settings.base import *  # noqa: F403
from tests.bench.settings import REQUIRED, SILENCED

MIDDLEWARE = ["config.middleware.BrandMiddleware", REQUIRED]
SILENCED_SYSTEM_CHECKS = SILENCED
ROOT_URLCONF = "tests.bench.served"
