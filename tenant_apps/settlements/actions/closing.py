from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from kernel.actor import Actor
from kernel.periods import Period as Span
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.actions import publish
from tenant_apps.commissions.actions import mature_due
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Booking, Posting, close_books, post_all
from tenant_apps.settlements.actions.drawing_up import draw_up
from tenant_apps.settlements.calendar import brand_calendar
from tenant_apps.settlements.errors import EarlierPeriodOpen, LaterPeriodClosed, PeriodNotEnded
from tenant_apps.settlements.events import PeriodClosed
from tenant_apps.settlements.models import Period, Settlement
from tenant_apps.settlements.queries import has_unclosed_lines
from tenant_apps.settlements.rules.calendar import label_of
from tenant_apps.settlements.states import PERIOD, PeriodState

MATURED_AT_ONCE = 2000


def close_period(*, label: str, actor: Actor, at: datetime) -> Period:
    """Close a period of the brand: draw up one settlement per partner and currency; return the period.

    First what is due before its end matures, then one statement writes settlements and lines, and the books
    are closed until its end: all or nothing. An advisory lock per brand makes simultaneous closes wait for each
    other; a period that is closed already is returned as it is. Raises InvalidInput (label), PeriodNotEnded,
    LaterPeriodClosed, EarlierPeriodOpen and the ledger's BooksBusy while somebody's booking does not end.
    """
    span = brand_calendar().named(label)
    if at < span.end:
        raise PeriodNotEnded(
            sentence("%(label)s ends at %(end)s; it can be closed from then on.", label=label, end=span.end),
            period=label,
        )
    closed = Period.objects.filter(label=label, state=PeriodState.CLOSED).first()
    if closed is not None:
        return closed
    # A half-open period: what matures at its very end belongs to the next.
    while mature_due(at=span.end - timedelta(microseconds=1), limit=MATURED_AT_ONCE):
        pass
    return _close(span, actor, at)


@transaction.atomic
def _close(span: Span, actor: Actor, at: datetime) -> Period:
    wait_for_other_closes()
    period, _ = Period.objects.get_or_create(
        label=label_of(span), defaults={"starts_at": span.start, "ends_at": span.end}
    )
    if period.state == PeriodState.CLOSED:
        return period
    _refuse_out_of_order(period)
    _settle(period, actor, at)
    change_state(
        period, PERIOD, PeriodState.CLOSED, actor=actor, at=at,
        closed_at=at, closed_by=actor.id, closed_by_label=actor.label,
    )  # fmt: skip
    _write_off(period, at)
    # Last, for whoever books waits from here on: what comes late is dated into the open period, and keeps its own date.
    close_books(until=period.ends_at, actor=actor, at=at)
    publish(PeriodClosed(period_ref=period.public_id, at=at))
    return period


def wait_for_other_closes() -> None:
    """Hold the brand's lock of closing until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('settlements.close'), hashtext(%s))", [entered_brand().schema_name]
        )


def _refuse_out_of_order(period: Period) -> None:
    later = Period.objects.filter(starts_at__gte=period.ends_at, state=PeriodState.CLOSED).first()
    if later is not None:
        raise LaterPeriodClosed(
            sentence(
                "%(later)s is closed already, so %(period)s cannot be any more.", later=later.label, period=period.label
            )
        )
    if has_unclosed_lines(period.starts_at):
        raise EarlierPeriodOpen(
            sentence("An earlier period has lines to settle; close it before %(label)s.", label=period.label)
        )


def _settle(period: Period, actor: Actor, at: datetime) -> None:
    drawn_up = draw_up(period, actor, at)
    record(actor=actor, verb="period.settled", subject=period, at=at, after={"settlements": drawn_up})


def _write_off(period: Period, at: datetime) -> None:
    """Book away what the contracts write off of debts; the next settlement opens with the rest."""
    written_off = Settlement.objects.filter(period=period, next_opening_minor__gt=F("closing_minor")).order_by("pk")
    post_all(bookings=[_reset(settlement, period) for settlement in written_off], at=at)


def _reset(settlement: Settlement, period: Period) -> Booking:
    minor = settlement.next_opening_minor - settlement.closing_minor
    payable = chart.partner_payable(settlement.partner_ref)
    return Booking(
        cause=f"settlement:{settlement.public_id}:reset",
        description=f"Negative balance of {period.label} written off, as the contract says",
        transfers=(Posting(chart.commission_expense(), payable, minor, settlement.currency),),
        belongs_to=period.ends_at,
    )
