"""What closing a period would draw up, to the cent: the close is played, and taken back.

The preview is the very code that closes, in a transaction that never commits, so the two cannot disagree.
It holds the brand's lock of closing while it runs, as a close does.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from kernel.actor import Actor
from kernel.clock import utc_now
from shared_apps.partners.queries import payouts_frozen_until, profiles_gaps
from tenant_apps.commissions.queries import HeldLines, held_lines
from tenant_apps.settlements.actions.closing import close_period
from tenant_apps.settlements.models import Settlement
from tenant_apps.settlements.queries import why_unpaid


@dataclass(frozen=True, slots=True)
class Drafted:
    """A settlement as it would be drawn up: `unpaid` says why it pays nothing, `gaps` and `frozen` what stops money."""

    settlement: Settlement
    lines: int
    unpaid: str
    gaps: tuple[str, ...] = ()
    frozen_until: datetime | None = None

    @property
    def is_blocked(self) -> bool:
        """Whether money that is owed cannot leave yet."""
        return bool(self.gaps or self.frozen_until)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a close would draw up, and what it would leave out because it is on hold."""

    drafts: list[Drafted]
    held: list[HeldLines]


class _TakenBack(Exception):
    """Ends a rehearsal."""


def rehearse_close(*, label: str, actor: Actor, at: datetime) -> Rehearsal:
    """Return what closing a period now would draw up. Keeps nothing. Raises what closing it would raise."""
    drafts: list[Drafted] = []
    held: list[HeldLines] = []
    try:
        with transaction.atomic():
            period = close_period(label=label, actor=actor, at=at)
            drawn = period.settlements.annotate(count=Count("lines")).order_by("partner_name", "currency")
            drafts = [Drafted(each, each.count, why_unpaid(each)) for each in drawn]
            held = held_lines(period.ends_at)
            raise _TakenBack
    except _TakenBack:
        return Rehearsal(_with_what_stops(drafts), held)


def _with_what_stops(drafts: list[Drafted]) -> list[Drafted]:
    refs = {draft.settlement.partner_ref for draft in drafts}
    gaps, frozen, now = profiles_gaps(refs), payouts_frozen_until(refs), utc_now()
    found = []
    for draft in drafts:
        ref = draft.settlement.partner_ref
        until = frozen.get(ref)
        stops = until if until and until > now else None
        found.append(replace(draft, gaps=tuple(gaps[ref]), frozen_until=stops))
    return found
