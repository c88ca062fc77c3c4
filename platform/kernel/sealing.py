"""Secrets in columns: encrypted with a key derived from the installation's own, one per purpose."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unreadable(Exception):
    """What is stored was sealed with another key, or altered."""


def seal(secret: str, *, key: str, purpose: bytes) -> str:
    """Return the secret encrypted and authenticated; each time other bytes."""
    return _fernet(key, purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, *, key: str, purpose: bytes) -> str:
    """Return the secret again; raises Unreadable for another key or purpose."""
    try:
        return _fernet(key, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as wrong:
        raise Unreadable from wrong


def _fernet(key: str, purpose: bytes) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose)
    return Fernet(base64.urlsafe_b64encode(derived.derive(key.encode())))
