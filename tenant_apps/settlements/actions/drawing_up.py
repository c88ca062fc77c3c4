"""The close's one pass over what is due, and what it books."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from kernel.actor import Actor
from kernel.ids import public_id
from shared_apps.brands.queries import brand_as_stored
from shared_apps.partners.queries import tax_profiles
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Booking, Posting, post_all
from tenant_apps.programs.queries import all_enrollments
from tenant_apps.settlements.models import Period, Settlement
from tenant_apps.settlements.queries import period_before, said_rates
from tenant_apps.settlements.rules.tax import Taxable, vat_on_commission

# Sums per partner and currency of what is due, the balance of the period before, reserves that are due, approved
# adjustments, the contracts' strictest terms, the partners' taxes; then the settlements and their lines.
# `settlements.rules` (settled, tax_on, reserved, next_opening) says the same in Python, and a property test holds
# the two together. Whoever was left a balance has a settlement in the period before: so that one is looked at, and
# a month without lines settles it, too. What is taken back has the tax rates its original was settled with,
# as the latest version of its statement says them.
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
), earlier AS (
    SELECT d.partner_ref, d.currency, SUM(d.amount_minor) AS amount,
           SUM(d.amount_minor * COALESCE(s.vat_rate, p.vat_rate)) AS vat,
           SUM(d.amount_minor * p.withholding_rate) AS withholding
    FROM due d JOIN settlements_settlementline l ON l.commission_id = d.reverses_id
    JOIN settlements_settlement p ON p.id = l.settlement_id
    LEFT JOIN LATERAL (
        SELECT vat_rate FROM settlements_statement WHERE settlement_id = p.id ORDER BY version DESC LIMIT 1
    ) s ON true
    WHERE d.reverses_id IS NOT NULL GROUP BY d.partner_ref, d.currency
), before AS (
    SELECT partner_ref, currency, next_opening_minor AS opening FROM settlements_settlement
    WHERE period_id = %(before)s AND next_opening_minor <> 0
), released AS (
    SELECT partner_ref, currency, SUM(reserve_held_minor)::bigint AS released FROM settlements_settlement
    WHERE reserve_held_minor > 0 AND reserve_until >= %(since)s AND reserve_until < %(ends_at)s
    GROUP BY partner_ref, currency
), adjusted AS (
    SELECT partner_ref, currency, SUM(amount_minor)::bigint AS adjustment FROM settlements_adjustment
    WHERE state = 'approved' AND settlement_id IS NULL AND decided_at < %(ends_at)s
    GROUP BY partner_ref, currency
), whose AS (
    SELECT partner_ref, currency FROM sums UNION SELECT partner_ref, currency FROM before
    UNION SELECT partner_ref, currency FROM released UNION SELECT partner_ref, currency FROM adjusted
), terms AS (
    SELECT partner_ref, currency, MAX(minimum_payout_minor) AS minimum,
           CASE MIN(CASE negative WHEN 'carry' THEN 0 WHEN 'cap' THEN 1 ELSE 2 END)
               WHEN 0 THEN 'carry' WHEN 1 THEN 'cap' ELSE 'reset' END AS negative,
           MAX(negative_cap_minor) FILTER (WHERE negative = 'cap') AS cap,
           MAX((reserve->>'rate')::numeric) AS reserve_rate, MAX((reserve->>'days')::int) AS reserve_days,
           MAX(COALESCE((clawback->>'max_payout_share')::numeric, 1)) AS share
    FROM (
        SELECT DISTINCT ON (v.enrollment_id, v.currency)
               e.partner_ref, v.currency, v.minimum_payout_minor, v.negative, v.negative_cap_minor, v.reserve,
               v.clawback
        FROM programs_contractversion v JOIN programs_enrollment e ON e.id = v.enrollment_id
        WHERE v.effective_from < %(ends_at)s
        ORDER BY v.enrollment_id, v.currency, v.effective_from DESC
    ) latest
    GROUP BY partner_ref, currency
), names AS (
    SELECT DISTINCT ON (partner_ref) partner_ref, partner_name FROM programs_enrollment ORDER BY partner_ref, id DESC
), taxes AS (
    SELECT * FROM unnest(%(partners)s::text[], %(treatments)s::text[], %(places)s::text[], %(rates)s::numeric[],
                         %(withheld)s::numeric[])
                  AS t(partner_ref, treatment, place, vat_rate, withholding_rate)
), facts AS (
    SELECT w.partner_ref, w.currency, COALESCE(n.partner_name, w.partner_ref) AS partner_name,
           COALESCE(b.opening, 0) AS opening, COALESCE(s.earned, 0) AS earned, COALESCE(s.clawback, 0) AS clawback,
           COALESCE(a.adjustment, 0) AS adjustment, COALESCE(r.released, 0) AS released,
           COALESCE(t.minimum, 0) AS minimum, COALESCE(t.negative, 'carry') AS negative, COALESCE(t.cap, 0) AS cap,
           COALESCE(t.reserve_rate, 0) AS reserve_rate, COALESCE(t.reserve_days, 0) AS reserve_days,
           COALESCE(t.share, 1) AS share, COALESCE(x.treatment, 'status_unknown') AS treatment,
           COALESCE(x.place, '') AS place, COALESCE(x.vat_rate, 0) AS vat_rate,
           COALESCE(x.withholding_rate, 0) AS withholding_rate,
           COALESCE(s.earned + s.clawback - COALESCE(e.amount, 0), 0) AS fresh,
           COALESCE(e.vat, 0) AS vat_earlier, COALESCE(e.withholding, 0) AS withholding_earlier
    FROM whose w
    LEFT JOIN sums s USING (partner_ref, currency) LEFT JOIN earlier e USING (partner_ref, currency)
    LEFT JOIN before b USING (partner_ref, currency) LEFT JOIN released r USING (partner_ref, currency)
    LEFT JOIN adjusted a USING (partner_ref, currency) LEFT JOIN terms t USING (partner_ref, currency)
    LEFT JOIN names n USING (partner_ref) LEFT JOIN taxes x USING (partner_ref)
), taxed AS (
    SELECT *, round(fresh * vat_rate + vat_earlier)::bigint AS vat,
           -round(fresh * withholding_rate + withholding_earlier)::bigint AS withholding
    FROM facts
), balances AS (
    SELECT *, opening + earned + clawback + adjustment + vat + withholding + released AS balance FROM taxed
), kept AS (
    SELECT *, GREATEST(0, LEAST(round((earned + clawback) * reserve_rate)::bigint, balance)) AS held
    FROM balances
), owed AS (
    SELECT *, balance - held AS left_over,
           balance - held + GREATEST(-opening, 0) - clawback AS undiminished
    FROM kept
), paid AS (
    SELECT *, CASE WHEN due > 0 AND due >= minimum THEN due ELSE 0 END AS payout
    FROM (
        SELECT *, GREATEST(left_over, undiminished - round(undiminished * share)::bigint) AS due FROM owed
    ) asked
), made AS (
    INSERT INTO settlements_settlement (
        public_id, period_id, partner_ref, partner_name, currency, opening_minor, earned_minor, clawback_minor,
        net_minor, adjustment_minor, vat_minor, vat_rate, vat_treatment, vat_place, withholding_minor,
        withholding_rate, reserve_held_minor, reserve_released_minor, reserve_rate, reserve_until, payout_minor,
        closing_minor, next_opening_minor, minimum_payout_minor, negative, negative_cap_minor, clawback_share, state,
        drafted_at, drafted_by, approved_by, approved_by_label
    )
    SELECT %(id_head)s || substr(replace(gen_random_uuid()::text, '-', ''), 1, 12), %(period)s, partner_ref,
           partner_name, currency, opening, earned, clawback, earned + clawback, adjustment, vat, vat_rate, treatment,
           place, withholding, withholding_rate, held, released, reserve_rate,
           CASE WHEN held > 0 THEN %(ends_at)s + make_interval(hours => 24 * reserve_days) END, payout,
           left_over - payout,
           CASE WHEN left_over - payout >= 0 OR negative = 'carry' THEN left_over - payout
                WHEN negative = 'reset' THEN 0 ELSE GREATEST(left_over - payout, -cap) END,
           minimum, negative, cap, share, 'draft', %(at)s, %(drafted_by)s, '', ''
    FROM paid ORDER BY partner_ref, currency
    RETURNING id, partner_ref, currency
), taken AS (
    UPDATE settlements_adjustment a SET settlement_id = made.id FROM made
    WHERE a.partner_ref = made.partner_ref AND a.currency = made.currency AND a.state = 'approved'
      AND a.settlement_id IS NULL AND a.decided_at < %(ends_at)s
)
INSERT INTO settlements_settlementline (settlement_id, commission_id, amount_minor)
SELECT made.id, due.id, due.amount_minor FROM due JOIN made USING (partner_ref, currency)
"""


def draw_up(period: Period, actor: Actor, at: datetime) -> int:
    """Write the settlements of a period and their lines, and book what they move; return how many."""
    # The taxes first: they are read in public, and a cursor keeps the schema it was opened in.
    before, taxes = period_before(period), _taxes(period)
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            taxes | {
                "ends_at": period.ends_at, "period": period.pk, "before": before.pk if before else None, "at": at,
                "since": before.ends_at if before else datetime.min.replace(tzinfo=UTC),
                "drafted_by": actor.person, "id_head": public_id("stl")[:-12],
            },
        )  # fmt: skip
    _book(period, at)
    return Settlement.objects.filter(period=period).count()


def _taxes(period: Period) -> dict[str, list[Any]]:
    """Decide the tax of everyone who may have a settlement in this period, as columns."""
    brand = brand_as_stored()
    supplied_to = Taxable(country=brand.country, vat_id=brand.vat_id)
    last_on = period.last_on(brand.timezone)
    said = said_rates()
    columns: dict[str, list[Any]] = {"partners": [], "treatments": [], "places": [], "rates": [], "withheld": []}
    partners = all_enrollments().order_by().values_list("partner_ref", flat=True).distinct()
    for ref, profile in tax_profiles(partners).items():
        partner = Taxable(country=profile.country, vat_id=profile.vat_id, status=profile.vat_status)
        vat = vat_on_commission(brand=supplied_to, partner=partner, on=last_on, said=said)
        row = (ref, vat.treatment.value, vat.place, vat.rate, profile.withholding_rate)
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    return columns


def _book(period: Period, at: datetime) -> None:
    """Book each settlement's tax, reserve and written-off debt, effective at the period's end."""
    moving = Settlement.objects.filter(period=period).filter(
        ~Q(vat_minor=0) | ~Q(withholding_minor=0) | Q(reserve_held_minor__gt=0) | Q(reserve_released_minor__gt=0)
    )
    bookings = [
        Booking(
            cause=f"settlement:{settlement.public_id}:closed",
            description=f"Tax and reserve of {period.label}, {settlement.partner_name}",
            transfers=tuple(_postings(settlement)),
            belongs_to=period.ends_at,
        )
        for settlement in moving.order_by("pk")
    ]
    post_all(bookings=bookings, at=at)


def _postings(settlement: Settlement) -> Iterator[Posting]:
    payable, reserve = (account(settlement.partner_ref) for account in (chart.partner_payable, chart.partner_reserve))
    for debit, credit, minor in (
        (chart.input_tax(), payable, settlement.vat_minor),
        (chart.withholding_tax(), payable, settlement.withholding_minor),
        (payable, reserve, settlement.reserve_held_minor),
        (reserve, payable, settlement.reserve_released_minor),
    ):
        if minor > 0:
            yield Posting(debit, credit, minor, settlement.currency)
        elif minor < 0:
            yield Posting(credit, debit, -minor, settlement.currency)
