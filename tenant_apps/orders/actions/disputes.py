from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from shared_apps.outbox.errors import RetryLater
from tenant_apps.orders.actions.progress import ORDERS, locked_order
from tenant_apps.orders.errors import DisputeEndedOtherwise, DisputeExceedsOrder
from tenant_apps.orders.events import OrderDisputeClosed, OrderDisputed
from tenant_apps.orders.models import Line, LineDispute, Order
from tenant_apps.orders.rules import refund_spread
from tenant_apps.orders.states import FULFILMENT, DisputeStep, FulfilmentState, MoneyState


@transaction.atomic
def apply_dispute(
    *, order_ref: str, dispute_ref: str, disputed_minor: int, at: datetime, moved_at: datetime | None = None,
    actor: Actor = ORDERS,
) -> Order:  # fmt: skip
    """Hold what a customer's bank disputes on the lines, spread as a refund is; once per dispute.

    What is refunded and disputed of a line never exceeds what it cost. `moved_at` is the provider's own instant, where
    it is not when we heard of it. Raises RetryLater before the
    order is paid (the dispute overtook the payment), DisputeExceedsOrder, NotFound.
    """
    order = locked_order(order_ref)
    if _steps(order, dispute_ref):
        return order
    if order.money_state == MoneyState.UNPAID:
        raise RetryLater(sentence("Order #%(number)s is not paid yet.", number=order.number))
    lines = list(order.lines.select_for_update().order_by("position"))
    totals, taken = [line.total_minor for line in lines], [line.total_minor - line.left_minor for line in lines]
    left = sum(totals) - sum(taken)
    if disputed_minor > left:
        raise DisputeExceedsOrder(
            sentence(
                "%(disputed)s of order #%(number)s, %(left)s is left.",
                disputed=Money(disputed_minor, order.currency),
                number=order.number,
                left=Money(left, order.currency),
            ),
            order=order_ref,
        )
    for line, part in zip(lines, refund_spread(disputed_minor, totals=totals, gone=taken), strict=True):
        _step(line, dispute_ref, DisputeStep.OPENED, part, at, moved_at)
    _hold(order, dispute_ref, disputed_minor, "order.disputed", actor=actor, at=at)
    publish(OrderDisputed(order_ref=order_ref, dispute_ref=dispute_ref, at=at))
    return order


@transaction.atomic
def close_dispute(
    *, order_ref: str, dispute_ref: str, won: bool, at: datetime, moved_at: datetime | None = None,
    actor: Actor = ORDERS,
) -> Order:  # fmt: skip
    """End a dispute: won, the lines have back what it held; lost, it stays taken. A second time changes nothing.

    An order of which a lost dispute took all that was left, before it was fulfilled, is canceled. Raises
    RetryLater before the dispute was applied, DisputeEndedOtherwise, NotFound.
    """
    order = locked_order(order_ref)
    end, steps = DisputeStep.WON if won else DisputeStep.LOST, _steps(order, dispute_ref)
    if not steps:
        raise RetryLater(
            sentence(
                "Dispute %(dispute)s of order #%(number)s is not applied yet.", dispute=dispute_ref, number=order.number
            )
        )
    if end in steps:
        return order
    if steps != {DisputeStep.OPENED}:
        raise DisputeEndedOtherwise(
            sentence(
                "Dispute %(dispute_ref)s of order #%(number)s is not %(end)s.",
                dispute_ref=dispute_ref,
                number=order.number,
                end=end,
            ),
            order=order_ref,
        )
    opened = LineDispute.objects.filter(line__order=order, dispute_ref=dispute_ref).select_related("line")
    rows = list(opened.order_by("line__position").select_for_update(of=("line",)))
    for row in rows:
        _step(row.line, dispute_ref, end, -row.amount_minor if won else 0, at, moved_at)
    held = sum(row.amount_minor for row in rows)
    _hold(order, dispute_ref, -held if won else 0, f"order.dispute_{end}", actor=actor, at=at)
    gone = not won and order.refunded_minor + held == order.total_minor
    if gone and order.fulfilment_state == FulfilmentState.OPEN:
        change_state(
            order,
            FULFILMENT,
            FulfilmentState.CANCELED,
            actor=actor,
            at=at,
            reason=sentence("The customer's bank disputes the payment."),
            field="fulfilment_state",
        )
    publish(OrderDisputeClosed(order_ref=order_ref, dispute_ref=dispute_ref, won=won, at=at))
    return order


def _steps(order: Order, dispute_ref: str) -> set[str]:
    rows = LineDispute.objects.filter(line__order=order, dispute_ref=dispute_ref)
    return set(rows.values_list("step", flat=True))


def _step(
    line: Line, dispute_ref: str, step: DisputeStep, change_minor: int, at: datetime, moved_at: datetime | None
) -> None:
    LineDispute.objects.create(
        line=line, dispute_ref=dispute_ref, step=step, amount_minor=change_minor, at=at, moved_at=moved_at
    )
    if change_minor:
        line.disputed_minor += change_minor
        line.save(update_fields=["disputed_minor"])


def _hold(order: Order, dispute_ref: str, change_minor: int, verb: str, *, actor: Actor, at: datetime) -> None:
    before = order.disputed_minor
    order.disputed_minor = before + change_minor
    order.save(update_fields=["disputed_minor"])
    record(
        actor=actor, verb=verb, subject=order, at=at, reason=dispute_ref, before={"disputed_minor": before},
        after={"disputed_minor": order.disputed_minor},
    )  # fmt: skip
