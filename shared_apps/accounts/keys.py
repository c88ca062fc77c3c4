"""The form of API keys: `sk_<id>_<secret><check>`; found by its id, proven by its secret, typed wrongly by its check.

The secret has 200 random bits, so a fast keyed hash is enough: there is nothing to guess. The pepper
comes from the SECRET_KEY: a copy of the table alone proves no key.
"""

import base64
import re
import secrets
import zlib

from django.utils.crypto import constant_time_compare, salted_hmac

FORM = re.compile(r"sk_([a-z2-7]{16})_([a-z2-7]{40})([0-9a-f]{8})")


def new_key() -> tuple[str, str]:
    """Return a key's id and the whole key, which is shown once and never kept."""
    key_id = _letters(10)
    body = f"sk_{key_id}_{_letters(25)}"
    return key_id, body + _check(body)


def id_of(key: str) -> str | None:
    """Return the id in a well-formed key; None for anything else, without asking the database."""
    found = FORM.fullmatch(key)
    return found[1] if found and _check(key[:-8]) == found[3] else None


def digest_of(key: str) -> str:
    """Return what is kept of a key: HMAC-SHA256 with a pepper."""
    return salted_hmac("tributary.api-key", key, algorithm="sha256").hexdigest()


def is_key(key: str, digest: str) -> bool:
    """Return whether this is the key behind the digest, in a time that tells nothing."""
    return constant_time_compare(digest_of(key), digest)


def _letters(size: int) -> str:
    return base64.b32encode(secrets.token_bytes(size)).decode().lower()


def _check(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
