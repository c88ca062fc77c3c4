"""A server with our tenancy and nothing else: our middleware, our backend, login and pool as in production."""

from config.settings.base import *  # noqa: F403
from tests.bench.settings import REQUIRED

MIDDLEWARE = ["config.middleware.BrandMiddleware", REQUIRED]
ROOT_URLCONF = "tests.bench.served"
