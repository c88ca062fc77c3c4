"""A month to close: partners of three tiers with their terms, payable lines, and what each settlement must come to.

A tenth of the partners is large (half of the lines), three tenths are middle, the rest small; rates, minimum
payouts and what becomes of debts differ by tier. Every twentieth line is a clawback. The month before is
closed already, so balances are carried in, some of them negative.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Model, Q, Sum
from psycopg import sql

from tenant_apps.commissions.models import Commission
from tenant_apps.programs.models import ContractVersion, Enrollment, Program
from tenant_apps.settlements.models import Settlement
from tenant_apps.settlements.rules.statement import Month, Negative, next_opening, settled

MONTH, MONTH_BEFORE = ("2026-04", "2026-04-10 10:00+00"), ("2026-03", "2026-03-12 10:00+00")
# By number % 10: 0 is large, 1 to 3 middle, 4 to 9 small.
_PARTNERS = (
    """INSERT INTO programs_enrollment (public_id, program_id, partner_ref, partner_name, partner_email, role, state,
                                        enrolled_at/*columns*/)
       SELECT 'enr_' || n, %(program)s, 'par_' || lpad(n::text, 6, '0'), 'Partner ' || n, n || '@example.com',
              'affiliate', 'active', '2026-01-01'/*values*/ FROM generate_series(0, %(partners)s - 1) n""",
    """INSERT INTO programs_contractversion (public_id, enrollment_id, number, currency, rules, hold_days,
                                             minimum_payout_minor, negative, state, effective_from/*columns*/)
       SELECT 'ctv_' || e.id, e.id, 1, 'EUR', '[]', 14,
              CASE WHEN n %% 10 = 0 THEN 0 WHEN n %% 10 < 4 THEN 2500 ELSE %(minimum)s END,
              CASE WHEN n %% 10 < 9 THEN 'carry' ELSE 'reset' END, 'effective', '2026-01-01'/*values*/
       FROM programs_enrollment e, LATERAL (SELECT right(e.partner_ref, 6)::int AS n) number""",
)
_COLUMNS = """public_id, kind, enrollment_id, partner_ref, order_ref, line_ref, attribution_ref, contract_version_id,
              rule, reason, share, net_minor, base_minor, amount_minor, currency, explanation, inputs, state,
              reverses_id, cause_ref, accrued_at, matures_at, confirmed_at, payable_at/*columns*/"""
_LINES = (
    f"""INSERT INTO commissions_commission ({_COLUMNS})
        SELECT 'com_' || %(label)s || n, 'earning', e.id, e.partner_ref, 'ord_' || n, 'lin_' || n,
               'att_' || %(label)s || n, v.id, 'tier', '', '1/1', net, net, round(net * rate), 'EUR',
               '[{{"code": "rule", "facts": {{"rule": "tier"}}}}, {{"code": "rate", "facts": {{"rate": "0.1"}}}}]',
               '{{}}',
               'payable',
               NULL, '', at, at, at, at/*values*/
        FROM generate_series(1, %(earnings)s) n,
             LATERAL (SELECT CASE WHEN n %% 10 < 5 THEN n / 10 %% %(tens)s * 10
                                  WHEN n %% 10 < 8 THEN n / 10 %% %(tens)s * 10 + 1 + n / 7 %% 3
                                  ELSE n / 10 %% %(tens)s * 10 + 4 + n / 7 %% 6 END AS partner) who,
             LATERAL (SELECT 990 + n * 7919::bigint %% 50000 AS net,
                             CASE WHEN partner %% 10 = 0 THEN 0.20 WHEN partner %% 10 < 4 THEN 0.15 ELSE 0.10 END
                             AS rate, %(at)s::timestamptz + n %% 800000 * interval '1 second' AS at) what
        JOIN programs_enrollment e ON true JOIN programs_contractversion v ON v.enrollment_id = e.id
        WHERE e.partner_ref = 'par_' || lpad(partner::text, 6, '0') ORDER BY n""",
    f"""INSERT INTO commissions_commission ({_COLUMNS})
        SELECT 'com_' || 'back' || public_id, 'clawback', enrollment_id, partner_ref, order_ref, line_ref,
               attribution_ref, contract_version_id, rule, 'refund', share, 0, base_minor,
               CASE WHEN right(partner_ref, 1) IN ('8', '9') THEN -60 * amount_minor ELSE -amount_minor END, currency,
               explanation, inputs, 'payable', id, 'ref_' || id, accrued_at, matures_at, confirmed_at,
               payable_at/*values*/
        FROM commissions_commission
        WHERE public_id LIKE 'com_' || %(label)s || '%%' AND kind = 'earning' ORDER BY id LIMIT %(clawbacks)s""",
)
type Row = tuple[int, int, int, int, int, int]


def add_partners(count: int, *, lines_each: int = 100) -> None:
    """Enroll so many partners, a multiple of ten, each with terms in euros.

    A small partner's minimum payout is about what it earns in a month of so many lines a partner.
    """
    program, _ = Program.objects.get_or_create(name="Bench", defaults={"created_at": "2026-01-01T00:00Z"})
    facts = {"program": program.pk, "partners": count, "minimum": 900 * lines_each}
    with transaction.atomic(), connection.cursor() as cursor:
        for model, statement in zip((Enrollment, ContractVersion), _PARTNERS, strict=True):
            cursor.execute(_completed(statement, model), facts)


def add_lines(month: tuple[str, str], *, lines: int, partners: int) -> None:
    """Write payable lines of a month, one in twenty of them a clawback."""
    label, at = month
    clawbacks = lines // 20
    facts = {"label": f"{label}-", "at": at, "earnings": lines - clawbacks, "clawbacks": clawbacks}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _LINES:
            cursor.execute(_completed(statement, Commission), facts | {"tens": partners // 10})


def _completed(statement: str, model: type[Model]) -> str:
    """Add the columns that a statement does not name, with the defaults that only the model knows."""
    named = set(re.split(r"[\s(),]+", statement.partition("/*columns*/")[0]))
    columns, values = "", ""
    for field in model._meta.concrete_fields:
        default = None if field.null else field.get_default()
        if field.column not in named and default is not None:
            default = field.get_db_prep_save(default, connection)
            columns += f", {field.column}"
            values += ", " + sql.Literal(default).as_string(None).replace("%", "%%")
    return statement.replace("/*columns*/", columns).replace("/*values*/", values)


def expected(label: str, openings: dict[str, int]) -> dict[str, Row]:
    """Compute each partner's settlement of a month in Python, by the product's pure rule.

    A row is opening, earned, clawback, payout, closing, next opening, in minor units.
    """
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    of_month = Commission.objects.filter(payable_at__year=int(label[:4]), payable_at__month=int(label[5:]))
    for partner, earned, clawback in of_month.values_list("partner_ref").annotate(
        earned=Sum("amount_minor", filter=Q(reverses=None), default=0),
        clawback=Sum("amount_minor", filter=~Q(reverses=None), default=0),
    ):
        sums[partner] = [earned, clawback]
    terms = {
        partner: (minimum, Negative(negative))
        for partner, minimum, negative in ContractVersion.objects.values_list(
            "enrollment__partner_ref", "minimum_payout_minor", "negative"
        )
    }
    return {
        partner: row_for(openings.get(partner, 0), earned, clawback, *terms[partner])
        for partner, (earned, clawback) in sums.items()
    }


def row_for(opening: int, earned: int, clawback: int, minimum: int, negative: Negative) -> Row:
    """Compute one settlement by the product's pure rule."""
    month = settled(
        opening_minor=opening, month=Month(earned_minor=earned, clawback_minor=-clawback), minimum_minor=minimum
    )
    after = next_opening(month.closing_minor, negative)
    return opening, earned, clawback, month.payout_minor, month.closing_minor, after


def found(label: str) -> dict[str, Row]:
    """Return the settlements of a month as they are stored."""
    rows = Settlement.objects.filter(period__label=label).values_list(
        "partner_ref", "opening_minor", "earned_minor", "clawback_minor", "payout_minor", "closing_minor",
        "next_opening_minor",
    )  # fmt: skip
    return {partner: (a, b, c, d, e, f) for partner, a, b, c, d, e, f in rows}


def differing(wanted: dict[str, Row], stored: dict[str, Row], partners: Iterable[str]) -> list[str]:
    """Return sentences about the partners whose settlement is not what it must be."""
    return [
        f"{partner}: {stored.get(partner)} is stored, {wanted.get(partner)} must be"
        for partner in partners
        if wanted.get(partner) != stored.get(partner)
    ]
