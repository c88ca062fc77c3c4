"""Public ids: a prefix that says the noun, and 128 bits that sort by time."""

import re
import secrets

from kernel.clock import utc_now

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PREFIX = re.compile(r"[a-z][a-z0-9]{0,11}")


def public_id(prefix: str) -> str:
    """Return a new id such as `ord_01kagq5r0xe…`: the prefix and 26 Crockford characters.

    The bits are a UUID version 7 with the microseconds in its first random field, so ids
    made one after the other sort in that order to about a quarter of a microsecond; 62
    random bits remain against guessing a neighbour. Raises ValueError for a bad prefix.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"bad id prefix {prefix!r}")
    return f"{prefix}_{_encode(_uuid7_bits())}"


def _uuid7_bits() -> int:
    now = utc_now()
    microseconds = int(now.timestamp()) * 1_000_000 + now.microsecond
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = rest * 4096 // 1000
    return milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)


def _encode(bits: int) -> str:
    return "".join(_CROCKFORD[bits >> shift & 31] for shift in range(125, -1, -5))
