"""The measuring process: no pool, because it changes databases."""

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES

DATABASES["default"] = DATABASES["default"] | {"OPTIONS": {}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
