"""The time that a simulation is asked for, and what was back with a customer at an instant of it."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from kernel.sentences import sentence

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Move:
    """Money of a line that went back by a refund or dispute, or came again (below zero), and when we heard of it.

    `moved_at` is when it went back as the provider says, `on` the day where another system told no more.
    """

    ref: str
    amount_minor: int
    at: datetime
    on: date | None = None
    moved_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """When it went back, as exactly as we were told."""
        return self.moved_at or self.at


def days_wrong(since: date, until: date, today: date) -> list[dict[str, str]]:
    """Return what is wrong with the days of a simulation, both inside, as `{field, message}`."""
    if since > today:
        return [{"field": "since", "message": sentence("lies in the future; today is %(today)s", today=today)}]
    if until < since:
        return [{"field": "until", "message": "must not be before `since`"}]
    if until > today:
        return [{"field": "until", "message": sentence("lies in the future; today is %(today)s", today=today)}]
    if (until - since).days >= LONGEST_DAYS:
        return [{"field": "until", "message": sentence("must be within %(most)s days of `since`", most=LONGEST_DAYS)}]
    return []


def month_days(text: str) -> tuple[date, date] | None:
    """Return the first and the last day of a month such as 2026-06; None for what is none."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def back_by(moves: Iterable[Move], instant: datetime) -> list[Move]:
    """Return what was back by an instant, itself inside: each refund, and what each dispute held then."""
    found: dict[str, Move] = {}
    for move in sorted(moves, key=lambda move: move.at):
        if move.at <= instant:
            before = found.get(move.ref)
            amount = move.amount_minor + (before.amount_minor if before else 0)
            found[move.ref] = replace(before or move, amount_minor=amount)
    return [move for move in found.values() if move.amount_minor]
