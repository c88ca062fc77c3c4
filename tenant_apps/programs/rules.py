"""What a link's code may look like, and which terms a contract version may have."""

import re
from datetime import datetime

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,39}")
LONGEST_HOLD_DAYS = 365


def normalized_code(code: str) -> str:
    """Return the code as it is kept and compared: people type codes in any case."""
    return code.strip().lower()


def wrong_code(code: str) -> list[dict[str, str]]:
    """Return what is wrong with a normalized code; an empty list when nothing is."""
    if CODE.fullmatch(code):
        return []
    return [{"field": "code", "message": "must be 2 to 40 letters, digits, hyphens or underscores"}]


def wrong_terms(*, hold_days: int, minimum_payout_minor: int, negative: str) -> list[dict[str, str]]:
    """Return what is wrong with the terms beside the rules, as `{field, message}`."""
    errors = []
    if not 0 <= hold_days <= LONGEST_HOLD_DAYS:
        errors.append({"field": "hold_days", "message": f"must be from 0 to {LONGEST_HOLD_DAYS}"})
    if not 0 <= minimum_payout_minor <= 10**15:
        errors.append({"field": "minimum_payout_minor", "message": "must not be below zero"})
    if negative not in ("carry", "reset"):
        errors.append({"field": "negative", "message": "must be one of carry, reset"})
    return errors


def follows(effective_from: datetime, open_since: datetime | None) -> bool:
    """Return whether a version may begin then: after the one that is open, so that times never overlap."""
    return open_since is None or effective_from > open_since
