"""Identifiers that look like Stripe's."""

from __future__ import annotations

import hashlib
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_LENGTHS = {"acct": 16, "cs_test": 58, "cus": 14, "whsec": 32, "req": 14}


def new_id(prefix: str) -> str:
    """Return a fresh id such as `ch_…`, unguessable and of Stripe's length."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTHS.get(prefix, 24)))


def account_of(api_key: str) -> str:
    """Return the account that a secret key belongs to: one key, one account, as at Stripe."""
    return "acct_" + hashlib.sha256(api_key.encode()).hexdigest()[:16]
