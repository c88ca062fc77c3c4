"""Whether a webhook comes from Stripe: the signature over the raw body, and its age both ways."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from stripe import SignatureVerificationError, WebhookSignature

from tenant_apps.payments.errors import BadSignature

TOLERANCE = timedelta(seconds=300)
LONGEST_HEADER = 8192


def verified_event(payload: bytes, header: str, secrets: Sequence[str], now: datetime) -> dict[str, Any]:
    """Return the event if one of the secrets signed exactly these bytes within five minutes of `now`.

    The SDK lets any timestamp of the future pass, so the age is checked here and on both sides.
    Raises BadSignature without saying what was wrong.
    """
    if not secrets or len(header) > LONGEST_HEADER or not _fresh(header, now):
        raise BadSignature
    if not any(_signed(payload, header, secret) for secret in secrets):
        raise BadSignature
    try:
        event = json.loads(payload)
    except ValueError as unreadable:
        raise BadSignature from unreadable
    if not isinstance(event, dict) or event.get("object") != "event" or not _names(event):
        raise BadSignature
    return event


def _fresh(header: str, now: datetime) -> bool:
    stamps = [item[2:] for item in header.split(",") if item.startswith("t=")]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit()):
        return False
    return abs(now.timestamp() - int(stamps[0])) <= TOLERANCE.total_seconds()


def _signed(payload: bytes, header: str, secret: str) -> bool:
    try:
        return bool(WebhookSignature.verify_header(payload, header, secret, tolerance=None))
    except (SignatureVerificationError, UnicodeDecodeError):
        return False


def _names(event: dict[str, Any]) -> bool:
    given = event.get("id"), event.get("type")
    return all(isinstance(name, str) and 0 < len(name) <= limit for name, limit in zip(given, (120, 80), strict=True))
