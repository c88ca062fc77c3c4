from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import transaction

from kernel.actor import Actor
from kernel.money import Money
from kernel.payload import Payload
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.brands.entering import entered_brand
from tenant_apps.commissions.actions.engine import ENGINE
from tenant_apps.commissions.actions.following import write_follower
from tenant_apps.commissions.actions.grouping import lock_accrual, locked_groups
from tenant_apps.commissions.errors import OrderNotAttributed, UnknownOrder
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import earnings_are_written, following_money, reversed_minor
from tenant_apps.commissions.rules import FULL, Difference, Return, Step, difference_for, parse_clawback
from tenant_apps.commissions.states import COMMISSION, WITHOUT_PRICE, CommissionState, HoldReason, Kind, Reason
from tenant_apps.orders.queries import Sale, money_back, money_came_again_at, order_by_ref, sale_of


@transaction.atomic
def follow_money(
    *, order_ref: str, cause_ref: str, at: datetime, reason: Reason = Reason.REFUND, actor: Actor = ENGINE
) -> list[Commission]:
    """Bring what was taken back of an order's commissions to what its refunds and disputes ask for now.

    Cumulative: what must be taken back in all, less what was. So refunds, disputes and their reversals
    may come in any order, twice or together; a full refund without clawback terms leaves exactly nothing,
    and a dispute that is won restores what it took. Before a commission is payable a `reversal` or
    `reinstatement` moves on with its original; both end as refunded when nothing remains, and rise again
    when something does. Afterwards a `clawback` or `reinstatement` stands in the next settlement.
    `cause_ref` names the refund or dispute. Returns the new lines. Raises UnknownOrder, and
    OrderNotAttributed while the commissions are still to be written.
    """
    lock_accrual(order_ref)
    if order_by_ref(order_ref) is None:
        raise UnknownOrder(sentence("There is no order %(order_ref)s.", order_ref=order_ref), order=order_ref)
    if not earnings_are_written(order_ref):
        raise OrderNotAttributed(
            sentence("The commissions of %(order_ref)s are not written yet.", order_ref=order_ref), order=order_ref
        )
    groups = locked_groups(following_money(order_ref).values_list("pk", flat=True))
    return bring_to_due(groups=groups, order_ref=order_ref, cause_ref=cause_ref, reason=reason, at=at, actor=actor)


def bring_to_due(
    *, groups: Iterable[list[Commission]], order_ref: str, cause_ref: str, reason: Reason, at: datetime, actor: Actor
) -> list[Commission]:
    """Bring locked groups of an order to what is due; return the new lines. The caller holds the order's lock."""
    money, written = _Money(order_ref), []
    told = money.of_cause(cause_ref)
    happened_at = told.since(money.sold_at) if told else money_came_again_at(order_ref, cause_ref)
    for group in groups:
        head = group[0]
        if head.state == CommissionState.CANCELED or head.voided_by:
            continue
        differences = [(line, money.difference(line, head)) for line in group if Kind(line.kind).is_original]
        nothing_remains = differences[0][1].nothing_remains
        if head.state == CommissionState.REFUNDED and not nothing_remains:
            _revive(group, money.sale.fulfilled_at, actor, at, cause_ref)
        new = [
            write_follower(
                original=line, head=head, kind=found.kind, amount_minor=found.amount_minor, cause_ref=cause_ref,
                reason=_reason(found, reason), explanation=money.explained(line, found, told), at=at,
                happened_at=happened_at,
            )
            for line, found in differences
            if found.amount_minor or _kept_unsaid(line, found)
        ]  # fmt: skip
        if nothing_remains and CommissionState(head.state).is_before_payable:
            for member in (*group, *new):
                change_state(member, COMMISSION, CommissionState.REFUNDED, actor=actor, at=at, reason=cause_ref)
        written += new
    return written


@dataclass(frozen=True)
class _Money:
    """What was paid for each line of an order and what of it is back; read once, after the locks."""

    order_ref: str

    @cached_property
    def sale(self) -> Sale:
        order = order_by_ref(self.order_ref)
        assert order is not None  # noqa: S101  (orders are never deleted)
        return sale_of(order)

    @cached_property
    def sold_at(self) -> datetime:
        return (self.sale.paid_at or self.sale.placed_at).astimezone(ZoneInfo(entered_brand().timezone))

    @cached_property
    def _back(self) -> dict[str, list[Return]]:
        return {
            line: [Return(each.ref, each.amount_minor, each.since, each.on) for each in found]
            for line, found in money_back(self.order_ref).items()
        }

    @cached_property
    def _paid(self) -> dict[str, int]:
        return {line.ref: line.gross_minor - line.discount_minor for line in self.sale.lines}

    def of(self, line_ref: str) -> tuple[int, list[Return]]:
        """Return what was paid for a line and its returns.

        A line that was given away has no money to measure a refund by: it goes back with the whole order.
        """
        if self._paid[line_ref]:
            return self._paid[line_ref], self._back.get(line_ref, [])
        is_whole = self.sale.refunded_minor + self.sale.disputed_minor == self.sale.total_minor
        return 1, [self._last()] if is_whole else []

    def of_cause(self, cause_ref: str) -> Return | None:
        """Return what a refund or dispute gave back; None for another cause, and for one whose money came again."""
        return next((each for found in self._back.values() for each in found if each.ref == cause_ref), None)

    def _last(self) -> Return:
        found = [each for returns in self._back.values() for each in returns]
        last = max(found, key=lambda each: (each.since(self.sold_at), each.ref), default=None)
        return replace(last, ref="order", amount_minor=1) if last else Return("order", 1, self.sold_at)

    def difference(self, line: Commission, head: Commission) -> Difference:
        """Return what is to be written against a line; its group's head says whether it was payable."""
        base, returns = self.of(line.line_ref)
        version = line.contract_version
        return difference_for(
            commission_minor=line.amount_minor, base_minor=base, returns=returns, sold_at=self.sold_at,
            terms=parse_clawback(Payload(version.clawback, "clawback")) if version else FULL,
            taken_minor=reversed_minor(line), was_payable=CommissionState(head.state).was_payable,
        )  # fmt: skip

    def explained(self, line: Commission, found: Difference, told: Return | None) -> list[Step]:
        """Return the steps from what came back to the difference; `told` is the return that brings it about."""
        paid, sold_in = self._paid[line.line_ref], line.sale_currency or line.currency
        back = min(paid, sum(each.amount_minor for each in self.of(line.line_ref)[1]))
        day = [Step("returned_on", {"day": told.day(self.sold_at).isoformat()})] if told else []
        return [
            Step("commission", {"amount": str(Money(line.amount_minor, line.currency))}),
            Step("paid_by_customer", {"amount": str(Money(paid, sold_in))}),
            *day,
            Step("back_with_customer", {"amount": str(Money(back, sold_in))}),
            Step("to_take_back", {"amount": str(Money(found.due_minor, line.currency))}),
            Step("taken_before", {"amount": str(Money(reversed_minor(line), line.currency))}),
        ]


def _reason(found: Difference, reason: Reason) -> Reason:
    if not found.amount_minor:
        return Reason.KEPT_BY_TERMS
    return Reason.MONEY_BACK if found.kind is Kind.REINSTATEMENT else reason


def _kept_unsaid(line: Commission, found: Difference) -> bool:
    """Return whether the contract leaves all of it to the partner and no line says so yet."""
    silent = line.kind == Kind.ADJUSTMENT or not found.kept_by_terms
    return not silent and not line.reversals.filter(reason=Reason.KEPT_BY_TERMS).exists()


def _revive(group: list[Commission], fulfilled_at: datetime | None, actor: Actor, at: datetime, cause_ref: str) -> None:
    """Let a refunded group go on where it was: on hold, confirmed from now on, or pending."""
    head = group[0]
    if head.held_for in list(HoldReason) or (head.reason in WITHOUT_PRICE and not head.confirmed_at):
        to, confirmed_at = CommissionState.HOLD, head.confirmed_at
    elif fulfilled_at or head.confirmed_at:
        to, confirmed_at = CommissionState.CONFIRMED, at
    else:
        to, confirmed_at = CommissionState.PENDING, None
    for member in group:
        change_state(member, COMMISSION, to, actor=actor, at=at, reason=cause_ref, confirmed_at=confirmed_at)
