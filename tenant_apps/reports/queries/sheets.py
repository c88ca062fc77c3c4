"""What each export hands out: the rows, the columns, the filters it understands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kernel.errors import InvalidInput
from kernel.money import Money
from kernel.sentences import sentence
from tenant_apps.attribution.queries import all_attributions
from tenant_apps.commissions.queries import all_commissions
from tenant_apps.commissions.rules import in_english
from tenant_apps.commissions.states import CommissionState
from tenant_apps.ledger.queries import all_transfers
from tenant_apps.orders.queries import latest_orders
from tenant_apps.orders.states import MoneyState
from tenant_apps.reports.queries.lines import midnight, zone
from tenant_apps.reports.queries.simulations import all_simulated_lines
from tenant_apps.reports.rules import Filters
from tenant_apps.reports.states import ExportKind, SimulatedKind
from tenant_apps.settlements.queries import issued_lines, settlements
from tenant_apps.settlements.states import SettlementState

type Cell = str | int | Decimal | datetime | None
type Rows = Iterator[tuple[Cell, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One kind of export: `filters` maps a filter's name to the lookup it becomes, `at` is the rows' own time."""

    kind: ExportKind
    columns: tuple[str, ...]
    rows: Callable[[], QuerySet[Any]]
    cells: Callable[[Any], Rows]
    at: str
    filters: dict[str, str]
    states: type[StrEnum] | None = None

    @property
    def known_filters(self) -> tuple[str, ...]:
        """Return the names of the filters that this kind understands."""
        return (*self.filters, "since", "until")

    def chosen(self, filters: Filters) -> QuerySet[Any]:
        """Return the rows within the filters, in the order of their keys. Raises InvalidInput for an unknown state."""
        if filters.state and self.states and filters.state not in set(self.states):
            raise InvalidInput(
                field="state", message=sentence("must be one of %(choices)s", choices=", ".join(self.states))
            )
        lookups: dict[str, Any] = {
            lookup: getattr(filters, name) for name, lookup in self.filters.items() if getattr(filters, name)
        }
        if filters.since:
            lookups[f"{self.at}__gte"] = midnight(filters.since)
        if filters.until:
            lookups[f"{self.at}__lt"] = midnight(filters.until + timedelta(days=1))
        return self.rows().filter(**lookups).order_by("pk")


def _major(minor: int, currency: str) -> Decimal:
    return Money(minor, currency).to_decimal()


def _commission(row: Any) -> Rows:
    yield (
        row.public_id, row.kind, row.state, row.reason, row.partner_ref, row.enrollment.partner_name,
        row.enrollment.role, row.order_ref, row.line_ref, row.attribution_ref, row.rule, row.share,
        row.contract_version.public_id if row.contract_version else "", row.reverses.public_id if row.reverses else "",
        row.cause_ref, _major(row.base_minor, row.currency), row.base_minor, _major(row.amount_minor, row.currency),
        row.amount_minor, row.currency, row.accrued_at, row.matures_at, row.confirmed_at, row.payable_at, row.paid_at,
    )  # fmt: skip


def _transfer(row: Any) -> Rows:
    entry = row.entry
    yield (
        entry.public_id, row.position, entry.cause, entry.description, row.debit.code, row.credit.code,
        _major(row.amount_minor, row.currency), row.amount_minor, row.currency, entry.effective_at, entry.booked_at,
    )  # fmt: skip


def _settlement(row: Any) -> Rows:
    names = ("opening", "earned", "clawback", "net", "payout", "closing")
    figures = [getattr(row, f"{name}_minor") for name in names]
    issued = list(row.statements.all())
    yield (
        row.public_id, row.period.label, row.partner_ref, row.partner_name, row.state, row.currency,
        *(cell for minor in figures for cell in (_major(minor, row.currency), minor)),
        issued[0].number if issued else "", row.drafted_at, row.approved_at, row.approved_by_label,
    )  # fmt: skip


def _statement_line(row: Any) -> Rows:
    line, settlement = row.commission, row.settlement
    yield (
        row.number, settlement.period.label, settlement.public_id, settlement.partner_ref, settlement.partner_name,
        line.public_id, line.kind, line.order_ref, line.rule, line.reason,
        line.reverses.public_id if line.reverses else "", _major(row.amount_minor, settlement.currency),
        row.amount_minor, settlement.currency, line.accrued_at,
    )  # fmt: skip


def _attribution(row: Any) -> Rows:
    decided = (row.public_id, row.order_ref, row.version, row.policy.number, row.decided_at)
    for share in row.shares.all() or [None]:
        if share is None:
            yield (*decided, "", "", "", "", "", "", "", None, None, row.currency)
            continue
        yield (
            *decided, share.enrollment.partner_ref, share.enrollment.partner_name, share.role, share.site_ref,
            share.campaign, share.placement, f"{share.numerator}/{share.denominator}",
            _major(share.amount_minor, row.currency), share.amount_minor, row.currency,
        )  # fmt: skip


def _order(row: Any) -> Rows:
    figures = (row.total_minor, row.tax_minor, row.refunded_minor)
    yield (
        row.public_id, row.number, row.state, row.money_state, row.fulfilment_state, row.source, row.external_id,
        row.customer.email, row.customer.name,
        *(cell for minor in figures for cell in (_major(minor, row.currency), minor)),
        row.currency, row.placed_at, row.paid_at, row.fulfilled_at,
    )  # fmt: skip


def _simulated(row: Any) -> Rows:
    figures = (row.booked_minor, row.simulated_minor, row.difference_minor)
    why = "; ".join(f"{step['label']}: {step['value']}" for step in map(in_english, row.explanation))
    yield (
        row.simulation.public_id, row.kind, row.month, row.enrollment.partner_ref, row.enrollment.partner_name,
        row.enrollment.role, row.order_ref, row.line_ref, row.level or "", row.period, row.commission_ref,
        row.rule_booked, row.reason_booked, row.rule_simulated, row.reason_simulated,
        *(cell for minor in figures for cell in (_major(minor, row.currency), minor)), row.currency, row.at, why,
    )  # fmt: skip


def _both(*names: str) -> tuple[str, ...]:
    return tuple(column for name in names for column in (name, f"{name}_minor"))


def _commissions() -> QuerySet[Any]:
    # The long columns stay where they are: a chunk of rows must be light.
    long = ("explanation", "inputs")
    return all_commissions().defer(*long, "contract_version__rules", *(f"reverses__{name}" for name in long))


def in_zone(at: datetime) -> str:
    """Return an instant as ISO 8601 in the brand's zone."""
    return at.astimezone(ZoneInfo(zone())).isoformat()


SHEETS: dict[ExportKind, Sheet] = {
    sheet.kind: sheet
    for sheet in (
        Sheet(
            kind=ExportKind.COMMISSIONS, rows=_commissions, cells=_commission, at="accrued_at", states=CommissionState,
            filters={"state": "state", "partner": "partner_ref", "currency": "currency", "role": "enrollment__role",
                     "program": "enrollment__program__public_id"},
            columns=("id", "kind", "state", "reason", "partner", "partner_name", "role", "order", "line", "attribution",
                     "rule", "share", "contract", "reverses", "cause", *_both("base", "amount"), "currency",
                     "accrued_at", "matures_at", "confirmed_at", "payable_at", "paid_at"),
        ),
        Sheet(
            kind=ExportKind.TRANSFERS, rows=all_transfers, cells=_transfer, at="entry__effective_at",
            filters={"currency": "currency"},
            columns=("entry", "position", "cause", "description", "debit", "credit", *_both("amount"), "currency",
                     "effective_at", "booked_at"),
        ),
        Sheet(
            kind=ExportKind.SETTLEMENTS, rows=settlements, cells=_settlement, at="period__starts_at",
            states=SettlementState,
            filters={"state": "state", "partner": "partner_ref", "currency": "currency"},
            columns=("id", "period", "partner", "partner_name", "state", "currency",
                     *_both("opening", "earned", "clawback", "net", "payout", "closing"), "statement", "drafted_at",
                     "approved_at", "approved_by"),
        ),
        Sheet(
            kind=ExportKind.STATEMENT_LINES, rows=issued_lines, cells=_statement_line,
            at="settlement__period__starts_at", states=SettlementState,
            filters={"state": "settlement__state", "partner": "settlement__partner_ref",
                     "currency": "settlement__currency"},
            columns=("statement", "period", "settlement", "partner", "partner_name", "commission", "kind", "order",
                     "rule", "reason", "reverses", *_both("amount"), "currency", "accrued_at"),
        ),
        Sheet(
            kind=ExportKind.ATTRIBUTIONS, rows=all_attributions, cells=_attribution, at="decided_at",
            filters={"currency": "currency"},
            columns=("id", "order", "version", "policy", "decided_at", "partner", "partner_name", "role", "site",
                     "campaign", "placement", "share", *_both("amount"), "currency"),
        ),
        Sheet(
            kind=ExportKind.ORDERS, rows=latest_orders, cells=_order, at="placed_at", states=MoneyState,
            filters={"state": "money_state", "currency": "currency"},
            columns=("id", "number", "state", "money_state", "fulfilment_state", "source", "external_id", "email",
                     "name", *_both("total", "tax", "refunded"), "currency", "placed_at", "paid_at", "fulfilled_at"),
        ),
        Sheet(
            kind=ExportKind.SIMULATION, rows=all_simulated_lines, cells=_simulated, at="at", states=SimulatedKind,
            filters={"simulation": "simulation__public_id", "partner": "enrollment__partner_ref", "state": "kind",
                     "currency": "currency"},
            columns=("simulation", "kind", "month", "partner", "partner_name", "role", "order", "line", "level",
                     "period", "commission", "rule_booked", "reason_booked", "rule_simulated", "reason_simulated",
                     *_both("booked", "simulated", "difference"), "currency", "at", "why"),
        ),
    )
}  # fmt: skip
