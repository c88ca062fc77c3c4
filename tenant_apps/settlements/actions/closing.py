from datetime import datetime, timedelta

from django.db import connection, transaction

from kernel.actor import Actor
from kernel.ids import public_id
from kernel.periods import Period as Span
from shared_apps.audit.actions import change_state, record
from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.actions import publish
from tenant_apps.commissions.actions import mature_due
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post
from tenant_apps.settlements.calendar import brand_calendar
from tenant_apps.settlements.errors import EarlierPeriodOpen, LaterPeriodClosed, PeriodNotEnded
from tenant_apps.settlements.events import PeriodClosed
from tenant_apps.settlements.models import Period, Settlement
from tenant_apps.settlements.queries import has_unclosed_lines
from tenant_apps.settlements.rules.calendar import label_of
from tenant_apps.settlements.states import PERIOD, PeriodState

MATURED_AT_ONCE = 2000

# One pass over what is due: sums per partner and currency, the last settlement's balance, the contracts'
# strictest terms; then the settlements and their lines. `settlements.rules.settled` says the same in
# Python, and a property test holds the two together.
# An id is a time-sorted head, equal for the run, and 48 random bits; hexadecimal is Crockford, too.
_SETTLE = """
WITH due AS (
    SELECT c.id, c.partner_ref, c.currency, c.amount_minor, c.reverses_id
    FROM commissions_commission c
    WHERE c.state = 'payable' AND c.payable_at < %(ends_at)s
      AND NOT EXISTS (SELECT 1 FROM settlements_settlementline l WHERE l.commission_id = c.id)
), sums AS (
    SELECT partner_ref, currency,
           COALESCE(SUM(amount_minor) FILTER (WHERE reverses_id IS NULL), 0)::bigint AS earned,
           COALESCE(SUM(amount_minor) FILTER (WHERE reverses_id IS NOT NULL), 0)::bigint AS clawback
    FROM due GROUP BY partner_ref, currency
), terms AS (
    SELECT partner_ref, currency, MAX(minimum_payout_minor) AS minimum, MIN(negative) AS negative
    FROM (
        SELECT DISTINCT ON (v.enrollment_id, v.currency)
               e.partner_ref, v.currency, v.minimum_payout_minor, v.negative
        FROM programs_contractversion v JOIN programs_enrollment e ON e.id = v.enrollment_id
        WHERE v.effective_from < %(ends_at)s
        ORDER BY v.enrollment_id, v.currency, v.effective_from DESC, v.number DESC
    ) latest
    GROUP BY partner_ref, currency
), names AS (
    SELECT DISTINCT ON (partner_ref) partner_ref, partner_name FROM programs_enrollment ORDER BY partner_ref, id DESC
), balances AS (
    SELECT s.*, COALESCE(before.next_opening_minor, 0) AS opening, COALESCE(t.minimum, 0) AS minimum,
           COALESCE(t.negative, 'carry') AS negative, COALESCE(n.partner_name, s.partner_ref) AS partner_name,
           COALESCE(before.next_opening_minor, 0) + s.earned + s.clawback AS balance
    FROM sums s
    LEFT JOIN LATERAL (
        SELECT p.next_opening_minor FROM settlements_settlement p
        WHERE p.partner_ref = s.partner_ref AND p.currency = s.currency ORDER BY p.id DESC LIMIT 1
    ) before ON true
    LEFT JOIN terms t USING (partner_ref, currency)
    LEFT JOIN names n USING (partner_ref)
), paid AS (
    SELECT *, CASE WHEN balance > 0 AND balance >= minimum THEN balance ELSE 0 END AS payout FROM balances
), made AS (
    INSERT INTO settlements_settlement (
        public_id, period_id, partner_ref, partner_name, currency, opening_minor, earned_minor, clawback_minor,
        net_minor, payout_minor, closing_minor, next_opening_minor, minimum_payout_minor, negative, state,
        drafted_at, drafted_by, approved_by, approved_by_label
    )
    SELECT %(id_head)s || substr(replace(gen_random_uuid()::text, '-', ''), 1, 12), %(period)s, partner_ref,
           partner_name, currency, opening, earned, clawback, earned + clawback, payout, balance - payout,
           CASE WHEN balance < 0 AND negative = 'reset' THEN 0 ELSE balance - payout END, minimum, negative, 'draft',
           %(at)s, %(drafted_by)s, '', ''
    FROM paid ORDER BY partner_ref, currency
    RETURNING id, partner_ref, currency
)
INSERT INTO settlements_settlementline (settlement_id, commission_id, amount_minor)
SELECT made.id, due.id, due.amount_minor FROM due JOIN made USING (partner_ref, currency) ORDER BY due.id
"""


def close_period(*, label: str, actor: Actor, at: datetime) -> Period:
    """Close a period of the brand: draw up one settlement per partner and currency; return the period.

    First what is due before its end matures, then one statement writes settlements and lines: all or
    nothing. An advisory lock per brand makes simultaneous closes wait for each other; a period that is
    closed already is returned as it is. Raises InvalidInput (label), PeriodNotEnded,
    LaterPeriodClosed and EarlierPeriodOpen.
    """
    span = brand_calendar().named(label)
    if at < span.end:
        raise PeriodNotEnded(f"{label} ends at {span.end.isoformat()}; it can be closed from then on.", period=label)
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
        raise LaterPeriodClosed(f"{later.label} is closed already, so {period.label} cannot be any more.")
    if has_unclosed_lines(period.starts_at):
        raise EarlierPeriodOpen(f"An earlier period has lines to settle; close it before {period.label}.")


def _settle(period: Period, actor: Actor, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "ends_at": period.ends_at, "period": period.pk, "at": at, "drafted_by": actor.person or actor.id,
                "id_head": public_id("stl")[:-12],
            },
        )  # fmt: skip
    drawn_up = Settlement.objects.filter(period=period).count()
    record(actor=actor, verb="period.settled", subject=period, at=at, after={"settlements": drawn_up})


def _write_off(period: Period, at: datetime) -> None:
    """Book away the negative balances that their contracts reset; the next settlement opens with zero."""
    reset = Settlement.objects.filter(period=period, closing_minor__lt=0, next_opening_minor=0).order_by("pk")
    for settlement in reset:
        payable = chart.partner_payable(settlement.partner_ref)
        post(
            cause=f"settlement:{settlement.public_id}:reset",
            description=f"Negative balance of {period.label} written off, as the contract says",
            transfers=[
                Posting(chart.commission_expense(), payable, -settlement.closing_minor, settlement.currency),
            ],
            belongs_to=period.ends_at,
            at=at,
        )
