"""What one chunk of a simulation looks at, read in sets: as many queries for a thousand orders as for one."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kernel.payload import Payload
from tenant_apps.commissions.queries import (
    Taken,
    contract_of,
    earnings_in,
    levels_on_true_ups_in,
    originals_of_orders,
    taken_before,
    taken_in,
)
from tenant_apps.commissions.rules import Span, Version, parse_clawback, parse_contract
from tenant_apps.commissions.states import Kind
from tenant_apps.orders.queries import Sale, customers_of, money_moved, orders_moved_between, sales_of
from tenant_apps.programs.queries import agreed_versions, deals_of_partners, recruiters
from tenant_apps.reports.models import SimulatedLine, Simulation
from tenant_apps.reports.queries.lines import midnight, zone
from tenant_apps.reports.rules import Move

if TYPE_CHECKING:
    from tenant_apps.commissions.models import Commission
    from tenant_apps.programs.models import ContractVersion, Enrollment

DEEPEST = 10


@dataclass(frozen=True)
class Scope:
    """Whose sales are looked at: deals that try terms, all deals of their partners, and whom they recruited.

    `own` are the deals of the partners, `below` those recruited by them, whose sales pay levels alone.
    """

    span: Span
    tried: dict[tuple[int, str], Version]
    own: frozenset[int]
    below: frozenset[int]
    currencies: frozenset[str]
    above: "dict[int, Enrollment]"
    only_new: bool

    @property
    def deals(self) -> frozenset[int]:
        """All deals whose sales are looked at."""
        return self.own | self.below

    def upline(self, deal: int) -> "list[Enrollment]":
        """Return who recruited a deal, who recruited that one, as far as they are active."""
        found: list[Enrollment] = []
        next_up = self.above.get(deal)
        while next_up is not None and len(found) < DEEPEST and next_up not in found and next_up.state == "active":
            found.append(next_up)
            next_up = self.above.get(next_up.pk)
        return found


def span_of(since: date, until: date) -> Span:
    """Return days of the brand, both inside, as the half-open time they are."""
    return Span(midnight(since), midnight(until + timedelta(days=1)), zone())


def scope_of(simulation: Simulation) -> Scope:
    """Return whose sales a simulation looks at, and under which terms."""
    documents, deals = simulation.terms["documents"], simulation.terms["deals"]
    tried = {
        (deal["enrollment"], deal["currency"]): _tried(documents[deal["document"]], deal["version"]) for deal in deals
    }
    above = recruiters()
    partners = {deal["partner"] for deal in deals}
    own = frozenset(deals_of_partners(partners).values_list("pk", flat=True))
    below: set[int] = set()
    for deal in above:
        chain, up = 0, above.get(deal)
        while up is not None and chain < DEEPEST:
            if up.pk in own and deal not in own:
                below.add(deal)
            chain, up = chain + 1, above.get(up.pk)
    return Scope(
        span=span_of(simulation.since, simulation.until), tried=tried, own=own, below=frozenset(below), above=above,
        currencies=frozenset(deal["currency"] for deal in deals), only_new=simulation.customers == "new",
    )  # fmt: skip


def _tried(document: dict[str, Any], key: int) -> Version:
    read = Payload({name: document[name] for name in ("currency", "rules", "levels", "bonuses")}, "terms")
    return Version(key, parse_contract(read), parse_clawback(Payload(document["clawback"], "clawback")), is_tried=True)


@dataclass
class OrderRead:
    """An order as it was sold, what was really written for it, what went back, and what is simulated of it so far.

    `trued` are levels that were paid on true-ups it caused: they are taken as they are, and caps count them.
    """

    sale: Sale
    customer: int
    originals: "list[Commission]"
    moves: dict[str, list[Move]]
    saved: list[SimulatedLine]
    trued: "list[Commission]" = field(default_factory=list)

    def share_of(self, deal: int) -> "list[Commission]":
        """Return what a deal really earned on the order."""
        return [line for line in self.originals if line.kind == Kind.EARNING and line.enrollment_id == deal]

    def priced_together(self, deal: int, *, by_version: bool) -> "list[dict[str, Commission]]":
        """Return what a deal really earned by what priced it together: a line may have got its price by later terms."""
        groups: dict[tuple[str, int], dict[str, Commission]] = {}
        for row in sorted(self.share_of(deal), key=lambda row: (row.share, row.pk)):
            version = row.contract_version_id or 0 if by_version else 0
            groups.setdefault((row.share, version), {})[row.line_ref] = row
        return list(groups.values())

    def is_of(self, row: "Commission", deals: Collection[int]) -> bool:
        """Return whether a line is of one of these deals, or a level paid by or on one."""
        sources = {each.enrollment_id for each in self.originals if each.pk == row.derived_from_id}
        return any(deal in deals for deal in sources | {row.enrollment_id})

    def paid_for(self, line_ref: str) -> int:
        """Return what the customer paid for a line, in the currency of the sale: what returns are measured against."""
        return sum(line.gross_minor - line.discount_minor for line in self.sale.lines if line.ref == line_ref)

    def levels_on(self, earning: int | None) -> "dict[int, Commission]":
        """Return the levels that were really paid on an earning (its primary key), by their number."""
        levels = [line for line in self.originals if line.kind == Kind.LEVEL and line.derived_from_id == earning]
        return {line.inputs["level"]: line for line in levels}


@dataclass(frozen=True)
class Sold:
    """A deal's share of an order was written; `key` is that of its first line."""

    key: int
    order_ref: str
    deal: int
    at: datetime


@dataclass(frozen=True)
class Loose:
    """Money went back that no line followed: what was earned on it was nothing."""

    order_ref: str
    at: datetime


@dataclass
class Chunk:
    """The next sales and all that happened between them, with what is needed to run them once more."""

    events: list[Sold | Taken | Loose]
    rows: int
    after_key: int
    seen_at: datetime
    is_last: bool
    orders: dict[str, OrderRead] = field(default_factory=dict)
    agreed: "dict[tuple[int, str], list[ContractVersion]]" = field(default_factory=lambda: defaultdict(list))
    taken_before: dict[int, int] = field(default_factory=dict)


def chunk_of(simulation: Simulation, scope: Scope, *, size: int) -> Chunk:
    """Return the next sales of a simulation with the returns written between them, in the order they were written.

    What nothing was written for comes by its time: before the first sale that is later.
    """
    until = simulation.until_key
    sales = earnings_in(scope.span, scope.deals, scope.currencies).filter(pk__gt=simulation.after_key, pk__lte=until)
    found = [Sold(*row) for row in sales.values_list("pk", "order_ref", "enrollment_id", "accrued_at")[:size]]
    is_last = len(found) < size
    last_key = until if is_last else found[-1].key
    since = simulation.seen_at or scope.span.start
    seen_at = scope.span.end if is_last else max([since, *(sold.at for sold in found)])
    taken = taken_in(scope.span, after=simulation.after_key, until=last_key)
    loose = _loose(scope, since, seen_at, until)
    chunk = Chunk(_in_order(found, taken, loose), len(found), last_key, seen_at, is_last)
    _read(chunk, simulation, scope)
    return chunk


def _loose(scope: Scope, since: datetime, until: datetime, last_key: int) -> list[Loose]:
    moved = orders_moved_between(since, until)
    orders = {order for order, _, _ in moved}
    followed = {(each.order_ref, each.cause, each.at) for each in taken_in(
        scope.span, after=0, until=last_key, order_refs=orders)}  # fmt: skip
    return [Loose(order, at) for order, ref, at in moved if (order, ref, at) not in followed]


def _in_order(sales: list[Sold], taken: list[Taken], loose: list[Loose]) -> list[Sold | Taken | Loose]:
    events: list[Sold | Taken | Loose] = []
    waiting = iter(loose)
    upcoming = next(waiting, None)
    written: list[Sold | Taken] = [*sales, *taken]
    for event in sorted(written, key=lambda each: each.key):
        while upcoming is not None and upcoming.at < event.at:
            events.append(upcoming)
            upcoming = next(waiting, None)
        events.append(event)
    while upcoming is not None:
        events.append(upcoming)
        upcoming = next(waiting, None)
    return events


def _read(chunk: Chunk, simulation: Simulation, scope: Scope) -> None:
    refs = {event.order_ref for event in chunk.events}
    originals: dict[str, list[Commission]] = defaultdict(list)
    for line in originals_of_orders(refs, scope.deals):
        if line.currency in scope.currencies and line.accrued_at < scope.span.end:
            originals[line.order_ref].append(line)
    trued: dict[str, list[Commission]] = defaultdict(list)
    for line in levels_on_true_ups_in(scope.span, scope.own, scope.currencies, order_refs=refs):
        trued[line.order_ref].append(line)
    saved: dict[str, list[SimulatedLine]] = defaultdict(list)
    for row in SimulatedLine.objects.filter(simulation=simulation, order_ref__in=list(originals)).order_by("pk"):
        saved[row.order_ref].append(row)
    sales, customers, moved = sales_of(originals), customers_of(originals), money_moved(originals)
    for ref, lines in originals.items():
        sale = sales.get(ref)
        if sale is not None:
            moves = {
                line.ref: [
                    Move(each.ref, each.amount_minor, each.at, each.on, each.moved_at)
                    for each in moved.get(line.ref, [])
                ]
                for line in sale.lines
            }
            chunk.orders[ref] = OrderRead(sale, customers[ref], lines, moves, saved[ref], trued[ref])
    earlier = [
        line.pk for lines in originals.values() for line in lines if line.accrued_at < scope.span.start
    ]  # fmt: skip
    chunk.taken_before = taken_before(earlier, scope.span.start)
    deals = {line.enrollment_id for lines in originals.values() for line in lines}
    deals |= {up.pk for deal in deals for up in scope.upline(deal)}
    for version in agreed_versions(deals, scope.currencies):
        chunk.agreed[version.enrollment_id, version.currency].append(version)


def read_version(version: "ContractVersion") -> Version:
    """Return a version as the rules read it."""
    return Version(version.pk, contract_of(version), parse_clawback(Payload(version.clawback, "clawback")))


def simulated_for_customers(
    simulation: Simulation, deal: int, currency: str, customers: Collection[int]
) -> Iterator[tuple[str, datetime, int, int]]:
    """Yield rule, time of the sale, customer and minor units that a simulation paid a deal for customers so far."""
    rows = SimulatedLine.objects.filter(
        simulation=simulation, enrollment=deal, currency=currency, customer_key__in=customers
    )
    names = ("rule_simulated", "sold_at", "customer_key", "simulated_minor")
    for rule, sold_at, customer, minor in rows.values_list(*names).iterator():
        yield rule, sold_at, customer or 0, minor
