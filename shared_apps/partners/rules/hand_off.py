"""What a hand-off is: where it may lead, how long it is good, what is kept of it."""

import hashlib
from datetime import timedelta

HAND_OFF_LASTS = timedelta(seconds=60)


def local_path(path: str) -> str:
    """Return the path if it stays on the brand's own host, else ''.

    `//host`, `/\\host` and control characters would leave it: browsers read them as another host.
    """
    if not path.startswith("/") or path[1:2] in ("/", "\\") or len(path) > 200:
        return ""
    return path if all(char.isprintable() and char != "\\" for char in path) else ""


def fingerprint(token: str) -> str:
    """Return the hash that is kept instead of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
