"""What a link's code may look like, and when a contract version may begin."""

import re
from datetime import datetime

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,39}")


def normalized_code(code: str) -> str:
    """Return the code as it is kept and compared: people type codes in any case."""
    return code.strip().lower()


def wrong_code(code: str) -> list[dict[str, str]]:
    """Return what is wrong with a normalized code; an empty list when nothing is."""
    if CODE.fullmatch(code):
        return []
    return [{"field": "code", "message": "must be 2 to 40 letters, digits, hyphens or underscores"}]


def follows(effective_from: datetime, open_since: datetime | None) -> bool:
    """Return whether a version may begin then: after the one that is open, so that times never overlap."""
    return open_since is None or effective_from > open_since


def same_name(typed: str, name: str) -> bool:
    """Return whether a name was typed as it is kept, but for case and spaces."""
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()
