"""E-mail addresses as keys: trimmed, lower case, of a shape that could be answered."""

import re
import unicodedata

from kernel.errors import InvalidInput

MAX_LENGTH = 254
_LABEL = r"[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?"
_ADDRESS = re.compile(
    rf"[^\s@\"(),:;<>\[\\\]\x00-\x1f]{{1,64}}@(?:{_LABEL}\.)+[a-z\u00a1-\uffff][a-z0-9\u00a1-\uffff-]{{0,61}}[a-z0-9\u00a1-\uffff]"
)


def normalized_email(text: str, *, field: str = "email") -> str:
    """Return the address as we compare it: NFKC, trimmed, lower case.

    Dots and +tags are kept: only Gmail reads them as nothing. Raises InvalidInput naming `field`.
    """
    address = unicodedata.normalize("NFKC", text).strip().lower()
    if not address:
        raise InvalidInput(field=field, message="is missing")
    local = address.partition("@")[0]
    if (
        len(address) > MAX_LENGTH
        or not _ADDRESS.fullmatch(address)
        or local[0] == "."
        or local[-1] == "."
        or ".." in local
    ):
        raise InvalidInput(field=field, message="must be an e-mail address")
    return address
