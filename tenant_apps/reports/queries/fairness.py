from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from tenant_apps.reports.queries.lines import LINES, rows_of, where
from tenant_apps.reports.rules import Filters, days_in, ratio

# What a sale earned: what people decided by hand beside it says nothing about how sales are judged.
_EARNED = "c.kind IN ('earning', 'level') AND c.state <> 'canceled'"
# Figures of a whole brand are shown to partners only where no single partner can be read out of them.
FEWEST_PARTNERS = 3


@dataclass(frozen=True, slots=True)
class ReversalRow:
    """How much of what was earned in one currency was taken back since, and on how many lines.

    `rate` is by amount, 0 to 1 with four decimals; None where nothing was earned.
    """

    currency: str
    earned_minor: int
    taken_back_minor: int
    lines: int
    lines_taken_back: int
    partners: int
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class WaitRow:
    """The median time from sale to payable, in days with one decimal, over so many lines; None of none."""

    median_days: Decimal | None
    lines: int


@dataclass(frozen=True, slots=True)
class ZeroPayRow:
    """Lines that pay nothing, by why: `cap`, `no_rule`, `window_over`…; the sales behind them."""

    reason: str
    currency: str
    lines: int
    base_minor: int


@dataclass(frozen=True, slots=True)
class Fairness:
    """How a brand treats earnings: what it takes back, and how long it lets wait."""

    reversals: list[ReversalRow]
    wait: WaitRow


def reversal_rates(filters: Filters) -> list[ReversalRow]:
    """Return, per currency, what was taken back of the earnings that accrued in the days of the filters.

    Reversals, clawbacks and what reinstated them count whenever they were written: a cohort of sales
    keeps its rate, however late the refunds come.
    """
    condition, values = where(filters)
    sql = f"""
        SELECT c.currency, COALESCE(SUM(c.amount_minor), 0)::bigint, COALESCE(SUM(-back.amount), 0)::bigint, COUNT(*),
               COUNT(*) FILTER (WHERE back.amount < 0), COUNT(DISTINCT c.partner_ref)
        {LINES} LEFT JOIN LATERAL (
            SELECT SUM(r.amount_minor) AS amount FROM commissions_commission r WHERE r.reverses_id = c.id
        ) back ON TRUE
        WHERE {_EARNED} AND {condition} GROUP BY c.currency ORDER BY c.currency"""  # noqa: S608  (constants)
    return [
        ReversalRow(currency, earned, back, lines, touched, partners, ratio(back, earned))
        for currency, earned, back, lines, touched, partners in rows_of(sql, values)
    ]


def days_to_payable(filters: Filters) -> WaitRow:
    """Return how long it took until earnings were payable, of those that accrued in the days and are by now."""
    condition, values = where(filters)
    sql = f"""SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY c.payable_at - c.accrued_at), COUNT(*)
              {LINES} WHERE {_EARNED} AND c.payable_at IS NOT NULL AND {condition}"""
    [(median, lines)] = rows_of(sql, values)
    span: timedelta | None = median
    return WaitRow(days_in(span), lines)


def zero_pay(filters: Filters) -> list[ZeroPayRow]:
    """Return the lines of sales that pay nothing, counted by their reason; the most frequent first."""
    condition, values = where(filters)
    sql = f"""SELECT c.reason, c.currency, COUNT(*), SUM(c.base_minor)::bigint {LINES}
              WHERE {_EARNED} AND c.amount_minor = 0 AND {condition}
              GROUP BY c.reason, c.currency ORDER BY COUNT(*) DESC, c.reason, c.currency"""
    return [ZeroPayRow(*row) for row in rows_of(sql, values)]


def fairness_of_partner(partner_ref: str, filters: Filters) -> tuple[Fairness, Fairness | None]:
    """Return a partner's own figures and the whole brand's; the latter's amounts are left out.

    The brand's are None where fewer than three partners earned: they would tell of the others.
    """
    mine = replace(filters, partner=partner_ref)
    own = Fairness(reversal_rates(mine), days_to_payable(mine))
    everybody = replace(filters, partner="")
    rates = [
        replace(row, earned_minor=0, taken_back_minor=0, lines=0, lines_taken_back=0)
        for row in reversal_rates(everybody)
        if row.partners >= FEWEST_PARTNERS
    ]
    return own, Fairness(rates, replace(days_to_payable(everybody), lines=0)) if rates else None
