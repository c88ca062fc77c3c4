"""A server with our tenancy and nothing else: our middleware, our backend, login and pool as in production."""

from config.settings.base import *  # noqa: F403

MIDDLEWARE = ["config.middleware.BrandMiddleware"]
ROOT_URLCONF = "tests.bench.served"
