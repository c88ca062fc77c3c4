"""The brand's keys at Stripe: refused when they are none, encrypted when they are stored."""

import re

from django.conf import settings

from kernel import sealing
from tenant_apps.payments.errors import PlaceholderSecret, SecretUnreadable

_PURPOSE = b"tributary payments provider secrets"
_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9_]{6,247}", re.ASCII)
_WEBHOOK = re.compile(r"whsec_[A-Za-z0-9+/=_-]{12,200}", re.ASCII)
_PLACEHOLDER = re.compile(r"(x{4,}|\.{3}|\*{3}|change.?me|placeholder|your.?(key|secret)|example|todo)", re.IGNORECASE)


def check_api_key(key: str) -> str:
    """Return the secret key; raise PlaceholderSecret when it is empty, publishable or plainly made up."""
    if not _KEY.fullmatch(key) or _PLACEHOLDER.search(key):
        raise PlaceholderSecret("This is no secret key of Stripe (sk_test_… or sk_live_…).", field="secret_key")
    return key


def check_webhook_secret(secret: str) -> str:
    """Return the signing secret; raise PlaceholderSecret: with an empty one anybody could sign."""
    if not _WEBHOOK.fullmatch(secret) or _PLACEHOLDER.search(secret) or len(set(secret[6:])) < 6:
        raise PlaceholderSecret("This is no signing secret of Stripe (whsec_…).", field="webhook_secret")
    return secret


def is_live(key: str) -> bool:
    """Return whether the key moves real money."""
    return "_live_" in key[:9]


def seal(secret: str) -> str:
    """Encrypt a secret for its column."""
    return sealing.seal(secret, key=settings.SECRET_KEY, purpose=_PURPOSE)


def unseal(sealed: str) -> str:
    """Decrypt a stored secret; raise SecretUnreadable when SECRET_KEY is not the one it was sealed with."""
    try:
        return sealing.unseal(sealed, key=settings.SECRET_KEY, purpose=_PURPOSE)
    except sealing.Unreadable as wrong:
        raise SecretUnreadable("The stored keys of the payment account cannot be read with this SECRET_KEY.") from wrong
