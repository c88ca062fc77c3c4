"""Tests: the real servers named by DATABASE_URL and REDIS_URL, roles of their own.

Tests run in several processes at once (pytest-xdist): each has roles, a template, databases and a Redis database of
its own, so that none sees, limits or drops what is another's.
"""

import os

from config.settings import base
from config.settings.base import *  # noqa: F403
from config.settings.env import database

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # gw0, gw1, …; empty in a run of one process
PUBLIC_SCHEME = "http"
DATABASE_ROLE_PREFIX = f"tributary_test_{WORKER}".rstrip("_")
DATABASES = base.DATABASES | {
    "default": database(base.OWNER_URL, user=f"{DATABASE_ROLE_PREFIX}_app", password=base.DATABASE_APP_PASSWORD)
}
REDIS_URL = f"{base.REDIS_URL.rpartition('/')[0]}/{int(WORKER.removeprefix('gw') or 0) % 16}"
CACHES = {"default": base.CACHES["default"] | {"LOCATION": REDIS_URL}}
HUEY = base.HUEY | {"url": REDIS_URL, "name": f"{base.HUEY['name']}{WORKER}"}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
# Sign-in is not what these tests measure; the production hasher is exercised in tests/accounts.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "django.contrib.auth.hashers.Argon2PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
