"""One chunk of a simulation: every sale and every return in the order in which they were written; writes no row."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tenant_apps.commissions.queries import Taken, lines_as_sold, stored_exchange, stored_facts
from tenant_apps.commissions.rules import (
    FULL,
    Original,
    Return,
    Seller,
    Step,
    Version,
    Whole,
    World,
    ZeroReason,
    level_for,
    part_back,
    steps_of_return,
)
from tenant_apps.programs.queries import version_among
from tenant_apps.reports.actions.simulating.carrying import as_booked, original_as_dict, original_from
from tenant_apps.reports.models import SimulatedLine, Simulation
from tenant_apps.reports.queries.replaying import Chunk, OrderRead, Scope, Sold, read_version
from tenant_apps.reports.rules import back_by
from tenant_apps.reports.states import SimulatedKind

if TYPE_CHECKING:
    from tenant_apps.commissions.models import Commission
    from tenant_apps.programs.models import Enrollment

HELD = (ZeroReason.NO_RULE, ZeroReason.UNKNOWN_FACT)


@dataclass
class Working:
    """A line that returns take back of, and its row."""

    original: Original
    row: SimulatedLine


@dataclass
class Stepper:
    """Runs the events of a chunk; `made` and `changed` are the rows to be written afterwards."""

    simulation: Simulation
    scope: Scope
    chunk: Chunk
    world: World
    periods: dict[tuple[Any, ...], dict[str, Any]]
    made: list[SimulatedLine] = field(default_factory=list)
    changed: dict[int, SimulatedLine] = field(default_factory=dict)
    _working: dict[str, list[Working]] = field(default_factory=dict)
    _returns: dict[tuple[int, str], SimulatedLine] = field(default_factory=dict)
    _counted: set[int] = field(default_factory=set)

    def run(self) -> None:
        """Run every event once."""
        for event in self.chunk.events:
            order = self.chunk.orders.get(event.order_ref)
            if order is None:
                continue
            if isinstance(event, Sold):
                if event.key == min(line.pk for line in order.share_of(event.deal)):
                    self._sell(order, event)
                continue
            if isinstance(event, Taken):
                self._book_taken(order, event)
            self._give_back(order, event.at)
        for works in self._working.values():
            for work in works:
                work.row.carried = original_as_dict(work.original)

    def _sell(self, order: OrderRead, event: Sold) -> None:
        rows = order.share_of(event.deal)
        seller = self._seller(order, rows[0])
        earned: list[tuple[Commission, Original, bool]] = []
        tried = (event.deal, seller.currency) in self.scope.tried
        for alike in order.priced_together(event.deal, by_version=not tried):
            if event.deal in self.scope.own:
                earned += self._earned(order, seller, alike)
            else:
                earned += [(row, as_booked(order, row, seller, self._zone), not row.rule or row.reason in HELD)
                           for row in alike.values()]  # fmt: skip
        for row, original, is_held in earned:
            self._levels(order, row, original, is_held)
        rules = {original.rule: original for _, original, _ in earned}
        for original in rules.values():
            if original.seller.deal in self.world.standings:
                self._true_up(original, event.at)
        self._count_levels(order, [row for row in order.trued if row.cause_ref == event.order_ref])

    def _earned(
        self, order: OrderRead, seller: Seller, rows: "dict[str, Commission]"
    ) -> "list[tuple[Commission, Original, bool]]":
        first = next(iter(rows.values()))
        as_sold = lines_as_sold(order.sale)
        facts, exchange = stored_facts(first, as_sold), stored_exchange(first)
        into = {line.id: exchange.steps(line) for line in as_sold} if exchange else {}
        version = self._version(first.enrollment_id, seller.currency, facts.first_charge_at, facts.at, first)
        if version is None:
            return []
        found = []
        for line, original in self.world.sell(version, seller, facts, only=set(rows)):
            row = rows[line.line]
            reason = str(line.reason or "")
            original.base_minor = order.paid_for(line.line)
            steps = [*into.get(line.line, []), *line.steps]
            self._keep(order, SimulatedKind.SALE, original, row, steps, reason)
            found.append((row, original, line.reason in HELD))
        return found

    def _levels(self, order: OrderRead, earning: "Commission", original: Original, is_held: bool) -> None:
        real = order.levels_on(earning.pk)
        chain = self.scope.upline(original.seller.enrollment)
        for number in range(1, max([len(chain), *real]) + 1):
            booked = real.get(number)
            up = booked.enrollment if booked else chain[number - 1] if number <= len(chain) else None
            if up is None or not {up.pk, original.seller.enrollment} & self.scope.own:
                continue
            self._level(order, earning, original, up, number, booked, is_held)

    def _level(
        self, order: OrderRead, earning: "Commission", original: Original, up: "Enrollment", number: int,
        booked: "Commission | None", is_held: bool,
    ) -> None:  # fmt: skip
        seller = replace(original.seller, enrollment=up.pk, partner=up.partner_ref)
        first = stored_facts(earning, ()).first_charge_at
        version = self._version(up.pk, seller.currency, first, original.sold_at, booked)
        terms = version.contract.level(number) if version else None
        amount, steps, key = 0, list[Step](), version.key if version else 0
        if terms is not None and original.rule and not is_held:
            amount, steps = level_for(
                terms, net_minor=original.net_minor, share=original.share, commission_minor=original.amount_minor,
                currency=seller.currency,
            )  # fmt: skip
        elif booked is None:
            return
        level = replace(
            original, seller=seller, rule=f"level {number}", version=key, amount_minor=amount, level=number,
            beside=Fraction(0), back=Fraction(0), taken_minor=0,
        )  # fmt: skip
        self.world.add_level(level)
        self._keep(order, SimulatedKind.LEVEL, level, booked, steps, "")

    def _version(
        self, deal: int, currency: str, first_charge_at: datetime | None, at: datetime, booked: "Commission | None"
    ) -> Version | None:
        """Return the terms of a sale: those that are tried, else those that paid it, else those that would have."""
        tried = self.scope.tried.get((deal, currency))
        is_new = first_charge_at is None or first_charge_at >= self.scope.span.start
        if tried is not None and (is_new or not self.scope.only_new):
            return tried
        agreed = self.chunk.agreed.get((deal, currency), [])
        if booked is not None:
            found = next((each for each in agreed if each.pk == booked.contract_version_id), None)
        else:
            found = version_among(agreed, at, first_charge_at)
        return read_version(found) if found else None

    def _book_taken(self, order: OrderRead, event: Taken) -> None:
        for work in self._works(order):
            if work.row.commission_key == event.original:
                self._return_row(work, event.at).booked_minor += event.amount_minor

    def _give_back(self, order: OrderRead, at: datetime) -> None:
        works = self._works(order)
        back = {ref: back_by(moves, at) for ref, moves in order.moves.items()}
        paid = sum(order.paid_for(line.ref) for line in order.sale.lines)
        gone = [move for moves in back.values() for move in moves]
        is_whole = sum(move.amount_minor for move in gone) >= paid
        returned = [Return("order", 1, move.since, move.on) for move in gone] or [Return("order", 1, at)]
        for work in works:
            original = work.original
            returns = [Return(move.ref, move.amount_minor, move.since, move.on) for move in back.get(original.line, [])]
            found = self.world.give_back(
                original, self._clawback(original), returns, whole=returned if is_whole else ()
            )
            if found.amount_minor:
                row = self._return_row(work, at)
                row.simulated_minor += found.amount_minor
                back_minor = sum(each.amount_minor for each in returns)
                row.explanation = [
                    step.as_dict() for step in steps_of_return(original, found, back_minor, order.sale.currency)
                ]
        for work in sorted(works, key=lambda each: (each.original.seller.partner, each.original.seller.enrollment)):
            if work.original.seller.deal in self.world.standings:
                self._true_up(work.original, at)
        self._count_levels(order, [row for row in order.trued if row.accrued_at == at])

    def _count_levels(self, order: OrderRead, rows: "list[Commission]") -> None:
        """Let caps per partner count the levels that were paid on true-ups, once each."""
        for row in rows:
            if row.pk not in self._counted:
                self.world.add_written(self._seller(order, row), row.rule, row.accrued_at, row.amount_minor)
                self._counted.add(row.pk)

    def _true_up(self, original: Original, at: datetime) -> None:
        entries = self.world.entries_of(original)
        for whole in self.world.true_up(original.seller, entries, sold_at=original.sold_at, at=at):
            self._add_whole(whole)

    def _add_whole(self, whole: Whole) -> None:
        key = (*whole.seller.deal, whole.rule, whole.period, self._month(whole.at))
        kept = self.periods.setdefault(key, {"minor": 0, "orders": ""})
        kept["minor"] += whole.line.amount_minor
        kept |= {
            "steps": [step.as_dict() for step in whole.line.steps], "at": whole.at.isoformat(),
            "reason": "cap" if whole.line.is_cut else "", "orders": whole.seller.order,
        }  # fmt: skip

    def _works(self, order: OrderRead) -> list[Working]:
        """Return what was earned on an order: simulated before, or sold before the period."""
        ref = order.sale.order_ref
        if ref not in self._working:
            works = [Working(original_from(row), row) for row in order.saved if row.carried]
            known = {work.row.commission_key for work in works}
            before = [row for row in order.originals if row.accrued_at < self.scope.span.start and row.pk not in known]
            works += [self._from_before(order, row) for row in before if order.is_of(row, self.scope.own)]
            for work in works:
                self.changed.update({work.row.pk: work.row} if work.row.pk else {})
            self._working[ref] = works
        return self._working[ref]

    def _from_before(self, order: OrderRead, row: "Commission") -> Working:
        original = as_booked(order, row, self._seller(order, row), self._zone)
        original.taken_minor = self.chunk.taken_before.get(row.pk, 0)
        began = self.scope.span.start
        moves = back_by((move for move in order.moves.get(row.line_ref, []) if move.at < began), began)
        returns = [Return(move.ref, move.amount_minor, move.since, move.on) for move in moves]
        if original.base_minor:
            original.back = part_back(
                base_minor=original.base_minor, returns=returns, sold_at=original.sold_at,
                terms=self._clawback(original),
            )  # fmt: skip
        kept = self._row(SimulatedKind.BEFORE, original, row, original.sold_at)
        kept.rule_simulated = original.rule
        self.made.append(kept)
        return Working(original, kept)

    def _keep(
        self, order: OrderRead, kind: SimulatedKind, original: Original, booked: "Commission | None",
        steps: Iterable[Step], reason: str,
    ) -> None:  # fmt: skip
        row = self._row(kind, original, booked, original.sold_at)
        row.rule_simulated, row.reason_simulated = original.rule, reason
        row.simulated_minor = original.amount_minor
        if booked is not None:
            row.booked_minor, row.reason_booked = booked.amount_minor, booked.reason
        if row.difference_minor or row.rule_booked != row.rule_simulated or row.reason_booked != reason:
            row.explanation = [step.as_dict() for step in steps]
        self._works(order).append(Working(original, row))
        self.made.append(row)

    def _return_row(self, work: Working, at: datetime) -> SimulatedLine:
        order = self.chunk.orders[work.original.seller.order]
        key, month = id(work), self._month(at)
        if (key, month) not in self._returns:
            saved = [row for row in order.saved if row.kind == SimulatedKind.RETURN and row.month == month and (
                row.enrollment_id, row.line_ref, row.level) == (
                work.row.enrollment_id, work.row.line_ref, work.row.level)]  # fmt: skip
            row = saved[0] if saved else self._row(SimulatedKind.RETURN, work.original, None, at)
            if saved:
                self.changed[row.pk] = row
            else:
                row.commission_ref = work.row.commission_ref
                row.rule_booked, row.rule_simulated = work.row.rule_booked, work.original.rule
                self.made.append(row)
            self._returns[key, month] = row
        return self._returns[key, month]

    def _row(self, kind: SimulatedKind, original: Original, booked: "Commission | None", at: datetime) -> SimulatedLine:
        seller = original.seller
        row = SimulatedLine(
            simulation=self.simulation, kind=kind, enrollment_id=seller.enrollment, currency=seller.currency,
            month=self._month(at), at=at, sold_at=original.sold_at, order_ref=seller.order, line_ref=original.line,
            level=original.level, customer_key=seller.customer,
        )  # fmt: skip
        if booked is not None:
            row.commission_ref, row.commission_key, row.rule_booked = booked.public_id, booked.pk, booked.rule
        return row

    def _seller(self, order: OrderRead, row: "Commission") -> Seller:
        return Seller(row.enrollment_id, row.partner_ref, row.currency, order.customer, row.order_ref)

    def _clawback(self, original: Original) -> Any:
        version = self.world.versions[original.seller.enrollment].get(original.version)
        return version.clawback if version else FULL

    def _month(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m}"

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.scope.span.zone)
