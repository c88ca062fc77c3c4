"""A developer's machine and the demo: embedded servers, plain http on *.localhost."""

from config.settings.base import *  # noqa: F403

PUBLIC_SCHEME = "http"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
