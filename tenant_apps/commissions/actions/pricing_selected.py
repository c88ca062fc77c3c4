"""Pricing held lines in bulk: played first, to the cent, and then done exactly as it was played.

The preview is the very code that prices, in a transaction that never commits: caps and whole periods that several
of the lines share, levels, and what refunds take back at once are in it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from tenant_apps.commissions.actions.grouping import lock_accrual
from tenant_apps.commissions.actions.pricing_again import priced_under_lock
from tenant_apps.commissions.errors import (
    NotWaitingForPrice,
    SecondPersonNeeded,
    SelectionChanged,
    SelectionTooLarge,
    StillWithoutPrice,
)
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import Chosen, Selection, last_key, lines_written_after, waiting_for_price

MOST_PRICED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Priced:
    """A held line and what prices it now: contract, rule and amount; `left` says why it stays as it is instead."""

    held: Commission
    contract: str = ""
    rule: str = ""
    reason: str = ""
    amount_minor: int = 0
    currency: str = ""
    left: str = ""


@dataclass(frozen=True, slots=True)
class Pricing:
    """What pricing a selection comes to; `moved` is all that is written, levels, true-ups and reversals too.

    `digest` names exactly these lines with these amounts: who prices by it writes what was seen.
    """

    rows: list[Priced]
    moved: list[Chosen]
    digest: str

    @property
    def lines(self) -> int:
        """How many held lines get their price."""
        return sum(not row.left for row in self.rows)

    @property
    def left(self) -> int:
        """How many stay as they are."""
        return len(self.rows) - self.lines

    @property
    def totals(self) -> dict[str, int]:
        """What all that is written sums to, per currency."""
        totals: dict[str, int] = {}
        for row in self.moved:
            totals[row.currency] = totals.get(row.currency, 0) + row.total_minor
        return totals


class _TakenBack(Exception):
    """Ends a rehearsal."""


def rehearse_pricing(*, selection: Selection, actor: Actor, at: datetime) -> Pricing:
    """Return what pricing the held lines of a selection would write. Keeps nothing. Raises SelectionTooLarge."""
    seen = Pricing([], [], "")
    try:
        with transaction.atomic():
            seen = _all(selection, actor, at, "")
            raise _TakenBack
    except _TakenBack:
        return seen


@transaction.atomic
def price_selected(*, selection: Selection, digest: str, actor: Actor, at: datetime, reason: str = "") -> Pricing:
    """Price the held lines of a selection, exactly as it was previewed; what still lacks something stays held.

    All or none. Raises SelectionChanged when anything comes out otherwise than in the preview of this `digest`, or
    when it prices nothing, and SelectionTooLarge.
    """
    done = _all(selection, actor, at, reason or f"in bulk {digest[:12]}")
    if not done.lines or done.digest != digest:
        raise SelectionChanged("The selection is not what was previewed any more. Look at it again.", lines=done.lines)
    return done


def _all(selection: Selection, actor: Actor, at: datetime, reason: str) -> Pricing:
    chosen = waiting_for_price().filter(selection.condition())
    orders = set(chosen.order_by().values_list("order_ref", flat=True)[: MOST_PRICED_AT_ONCE + 1])
    # The locks of all orders come before those of any partner, as everywhere.
    for order_ref in sorted(orders):
        lock_accrual(order_ref)
    waiting = list(chosen.filter(order_ref__in=orders)[: MOST_PRICED_AT_ONCE + 1])
    if len(waiting) > MOST_PRICED_AT_ONCE:
        raise SelectionTooLarge(
            sentence("At most %(most)s lines are priced at once; narrow the selection.", most=MOST_PRICED_AT_ONCE)
        )
    last = last_key()
    rows = [_one(held, actor, at, reason) for held in waiting]
    written = lines_written_after(last, orders)
    return Pricing(rows, _by_partner(written), _digest(rows, written))


def _one(held: Commission, actor: Actor, at: datetime, reason: str) -> Priced:
    try:
        line = priced_under_lock(held, actor, at, reason)
    except (NotWaitingForPrice, StillWithoutPrice, SecondPersonNeeded) as missing:
        return Priced(held, left=missing.message)
    return Priced(held, str(line.contract_version), line.rule, line.reason, line.amount_minor, line.currency)


def _by_partner(written: Iterable[Commission]) -> list[Chosen]:
    sums: dict[tuple[str, str, str], list[int]] = {}
    for line in written:
        sums.setdefault((line.enrollment.partner_name, line.partner_ref, line.currency), []).append(line.amount_minor)
    return [
        Chosen(ref, name, currency, len(minor), sum(minor)) for (name, ref, currency), minor in sorted(sums.items())
    ]


def _digest(rows: list[Priced], written: Iterable[Commission]) -> str:
    """Return the SHA-256 of what was looked at and of all that is written for it, but for names and times of today."""
    told = hashlib.sha256()
    for row in rows:
        told.update(f"{row.held.public_id}:{row.contract}:{row.rule}:{row.amount_minor}:{bool(row.left)};".encode())
    for line in written:
        names = (line.kind, line.partner_ref, line.enrollment_id, line.order_ref, line.line_ref, line.rule)
        told.update(f"{names}:{line.amount_minor}:{line.currency};".encode())
    return told.hexdigest()
