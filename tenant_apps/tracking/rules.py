"""What a tracker may tell, and which of it is a touch: pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from kernel.sentences import sentence

AHEAD, BEHIND = timedelta(minutes=5), timedelta(days=7)
SAME_VISIT = timedelta(minutes=30)
FORM_STAYS_OPEN = timedelta(hours=1)
TOUCHING = frozenset({"page_view", "click"})
FORM_OPENED = frozenset({"lead_form_opened", "checkout_opened"})
HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(:[1-9][0-9]{0,4})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedEvent:
    """One thing a visitor did, as the tracker tells it; `uid` makes it the same event when sent again."""

    uid: str
    type: str
    at: datetime
    url: str = ""
    referrer: str = ""
    via: str = ""
    click_id: str = ""
    placement: str = ""
    utm: Mapping[str, str] = field(default_factory=dict)


def is_touching(event: TrackedEvent) -> bool:
    """Return whether the event may earn credit: a view or click that carries a code."""
    return bool(event.via) and event.type in TOUCHING


def is_direct(payload: Mapping[str, Any]) -> bool:
    """Return whether a stored page view was brought by nobody: no code, campaign or click id, and no other site."""
    if payload.get("via") or payload.get("click_id") or payload.get("utm"):
        return False
    referrer, page = urlsplit(payload.get("referrer", "")), urlsplit(payload.get("url", ""))
    return not referrer.netloc or referrer.netloc == page.netloc


def brand_time(told: datetime, *, world: datetime, now: datetime) -> datetime:
    """Return when it happened by the brand's clock.

    A test-mode brand may run ahead of the world (`now` after `world`), but browsers do not: what
    they tell as happening now, happens now for the brand. Any other instant is taken as told.
    """
    return told + (now - world) if abs(told - world) <= AHEAD < now - world else told


def wrong_time(told: datetime, *, world: datetime, now: datetime) -> str:
    """Return why an instant that a browser told cannot be, or '': clocks run wrong, queues run late."""
    if told > now + AHEAD:
        return sentence("lies in the future")
    if told < world - BEHIND:
        return sentence("lies more than %(days)s days back", days=BEHIND.days)
    return ""


def touch_time(told: datetime, now: datetime) -> datetime:
    """Return when a touch counts: as told, but never after it was received."""
    return min(told, now)


def normalized_hosts(hosts: Iterable[str]) -> list[str]:
    """Return host names as browsers send them: lower case, no default port, no dot at the end, each once."""
    return list(dict.fromkeys(_host(host) for host in hosts))


def is_host(host: str) -> bool:
    """Return whether a normalized host is one name, perhaps with a port: no scheme, no path, no wildcard."""
    return len(host) <= 260 and HOST.fullmatch(host) is not None


def _host(host: str) -> str:
    return host.strip().lower().removesuffix(":443").removesuffix(":80").removesuffix(".")
