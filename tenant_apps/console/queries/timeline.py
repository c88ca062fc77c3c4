from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One thing that happened, as the timeline tells it; `at` orders, `url` opens it."""

    at: datetime
    icon: str
    title: str
    text: str = ""
    tone: str = "default"
    url: str = ""
    amount_minor: int | None = None
    currency: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)


def in_order(moments: list[Moment]) -> list[Moment]:
    """Return the moments oldest first; what happened at the same instant keeps its cause before its effect."""
    return sorted(moments, key=lambda moment: moment.at)
