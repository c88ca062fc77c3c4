"""Tests: the real servers named by DATABASE_URL and REDIS_URL, roles of their own."""

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASE_APP_PASSWORD, DATABASES, OWNER_URL
from config.settings.env import database

PUBLIC_SCHEME = "http"
DATABASE_ROLE_PREFIX = "tributary_test"
DATABASES["default"] = database(OWNER_URL, user=f"{DATABASE_ROLE_PREFIX}_app", password=DATABASE_APP_PASSWORD)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
# Sign-in is not what these tests measure; the production hasher is exercised in tests/accounts.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "django.contrib.auth.hashers.Argon2PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
