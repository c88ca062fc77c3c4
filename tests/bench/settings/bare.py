"""The same server without tenancy: Django's own backend, one schema and its role fixed when the connection opens."""

import os

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASE_ROLE_PREFIX, DATABASES
from tests.bench.settings import REQUIRED, SILENCED

_SCHEMA = os.environ["BENCH_SCHEMA"]
_OPTIONS: dict[str, object] = dict(DATABASES["default"]["OPTIONS"])  # type: ignore[call-overload]
DATABASES = {
    "default": DATABASES["default"]
    | {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": _OPTIONS | {"options": f"-c search_path={_SCHEMA} -c role={DATABASE_ROLE_PREFIX}_{_SCHEMA}"},
    },
}
MIDDLEWARE = [REQUIRED]
SILENCED_SYSTEM_CHECKS = SILENCED
ROOT_URLCONF = "tests.bench.served"
