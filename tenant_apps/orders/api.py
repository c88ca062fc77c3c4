from typing import TYPE_CHECKING, Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Header, Router
from ninja.pagination import paginate
from pydantic import Field

from kernel.strict import Text
from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.orders import actions
from tenant_apps.orders.models import Order, OutsideRefund
from tenant_apps.orders.policies import may_refund_orders, may_see_orders, may_tell_refunds
from tenant_apps.orders.queries import latest_orders, order_by_ref
from tenant_apps.orders.schemas import OrderDetailOut, OrderOut, OutsideRefundIn, OutsideRefundOut, RefundIn, RefundOut

if TYPE_CHECKING:
    from tenant_apps.payments.models import Refund

router = Router(tags=["orders"])
Search = Annotated[Text, Field(max_length=120)]
KEY = r"^[\x21-\x7e]{1,80}$"


@router.get("/orders", response=list[OrderOut])
@door(may_see_orders)
@paginate(Pages)
def orders(request: HttpRequest, search: Search = "") -> QuerySet[Order]:  # noqa: ARG001
    """List orders, newest first; `search` is a number, or part of a customer's name or e-mail."""
    return latest_orders(search)


@router.get("/orders/{order}", response=OrderDetailOut)
@door(may_see_orders)
def order(request: HttpRequest, order: Ref) -> Order:  # noqa: ARG001
    """Show one order with its lines, its payment and its refunds."""
    return found(order_by_ref(order))


@router.post("/orders/{order}/refunds", response=RefundOut)
@door(may_refund_orders)
def refund(
    request: HttpRequest,
    order: Ref,
    payload: RefundIn,
    idempotency_key: Annotated[str, Header(alias="Idempotency-Key", pattern=KEY)],
) -> "Refund":
    """Send money of an order back. The same key brings the same refund, whatever became of the first answer."""
    return actions.refund_order(
        order=found(order_by_ref(order)), amount_minor=payload.amount_minor, reason=payload.reason,
        idempotency_key=idempotency_key, actor=actor_in(request), at=now(),
    )  # fmt: skip


@router.post("/orders/{order}/outside-refunds", response=OutsideRefundOut)
@door(may_tell_refunds)
def tell_refund(
    request: HttpRequest,
    order: Ref,
    payload: OutsideRefundIn,
    idempotency_key: Annotated[str, Header(alias="Idempotency-Key", pattern=KEY)],
) -> OutsideRefund:
    """Tell of money that another system gave back; no payment of ours moves. The same id or key is the same refund."""
    return actions.record_outside_refund(
        order=found(order_by_ref(order)), told=actions.ToldRefund(**payload.model_dump()), key=idempotency_key,
        actor=actor_in(request), at=now(),
    )  # fmt: skip
