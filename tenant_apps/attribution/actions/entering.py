from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.audit.actions import record
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.errors import ReasonMissing
from tenant_apps.attribution.events import AgentEntered
from tenant_apps.attribution.models import AgentEntry
from tenant_apps.programs.actions.locking import active_deal

if TYPE_CHECKING:
    from tenant_apps.customers.models import Customer
    from tenant_apps.orders.models import Order
    from tenant_apps.programs.models import Enrollment


@transaction.atomic
def enter_agent(
    *, enrollment: "Enrollment", reason: str, actor: Actor, at: datetime, order: "Order | None" = None,
    customer: "Customer | None" = None, happened_at: datetime | None = None,
) -> AgentEntry:  # fmt: skip
    """Credit a partner with a customer's sales from now on, or with one order, by an operator's word.

    It competes as a touch of channel `agent` at `happened_at`: for an order when it was placed unless said
    otherwise, for a customer now. What is paid already is decided again. Raises InvalidInput, ReasonMissing,
    EnrollmentNotActive.
    """
    if (order is None) == (customer is None):
        raise InvalidInput(field="order", message="or customer: give exactly one")
    if not reason.strip():
        raise ReasonMissing("Say why: the reason is kept with the entry.", field="reason")
    happened = happened_at or (order.placed_at if order else at)
    if happened > at:
        raise InvalidInput(field="happened_at", message="lies in the future")
    if order is not None and order.paid_at is not None and happened > order.paid_at:
        raise InvalidInput(field="happened_at", message="is later than the payment it should have brought")
    entry = AgentEntry.objects.create(
        enrollment=active_deal(enrollment.pk), order_ref=order.public_id if order else "",
        customer_ref=customer.public_id if customer else "", reason=reason.strip()[:300], happened_at=happened,
        entered_by=actor.label[:120], entered_at=at,
    )  # fmt: skip
    record(
        actor=actor, verb="agent.entered", subject=entry, at=at, reason=entry.reason,
        after={
            "enrollment": enrollment.public_id, "order": entry.order_ref, "customer": entry.customer_ref,
            "happened_at": happened.isoformat(),
        },
    )  # fmt: skip
    publish(AgentEntered(entry_ref=entry.public_id, at=at))
    return entry
