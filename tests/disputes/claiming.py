"""A sale that nora is credited with, and omar who says that half of it is his."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kernel.actor import Actor
from tenant_apps.commissions.models import Commission
from tenant_apps.disputes.actions import open_dispute
from tenant_apps.disputes.files import checked
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.queries import dispute_by_ref
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment
from tests.commissions import selling

Drain = Callable[[], int]
OPS = Actor(kind="operator", id="usr_ops", label="Olga", roles=frozenset({"operations"}))
FINANCE = Actor(kind="operator", id="usr_fin", label="Finn", roles=frozenset({"finance"}))
AT, DAY = selling.AT, selling.DAY
LATER = AT + 3 * DAY
PROOF = checked("mail.txt", b"I sent her to the shop.")


def sold(drain: Drain, amount_minor: int = 10_000) -> tuple[Order, Enrollment, Enrollment]:
    """Sell a tour that nora brought; she earns 10 %, omar would earn 20 %."""
    offer = selling.offer_at(amount_minor)
    nora = selling.partner("nora", selling.TEN_PERCENT)
    omar = selling.partner("omar", [{"id": "twenty", "pay": {"kind": "percent", "rate": "0.20"}}])
    selling.visit("vis_1", nora)
    order = selling.paid_order(offer, "vis_1")
    drain()
    return order, nora, omar


def as_partner(enrollment: Enrollment) -> Actor:
    return Actor(kind="partner", id=enrollment.partner_ref, label=enrollment.partner_name)


def claimed(
    order: Order, claimant: Enrollment, drain: Drain, *, part: str = "1/2", proof: bool = True, **more: Any
) -> CreditDispute:
    """Open a claim and let the counterparties be told."""
    wish: dict[str, Any] = {
        "order_ref": order.public_id, "claimant": claimant, "claimed": part, "grounds": "own_customer",
        "statement": "She came by my mail.", "files": [PROOF] if proof else [], "actor": as_partner(claimant),
        "at": LATER,
    }  # fmt: skip
    made = open_dispute(**(wish | more))
    drain()
    return fresh(made)


def fresh(dispute: CreditDispute) -> CreditDispute:
    found = dispute_by_ref(dispute.public_id)
    assert found is not None
    return found


def held(enrollment: Enrollment) -> int:
    """What of an enrollment's money is on hold for a dispute."""
    return selling.sum_of(Commission.objects.filter(enrollment=enrollment, state="hold", held_for="disputed"))


def standing(enrollment: Enrollment) -> int:
    """What all lines of an enrollment come to."""
    return selling.sum_of(Commission.objects.filter(enrollment=enrollment).exclude(state="canceled"))


def deadline(dispute: CreditDispute) -> Any:
    return dispute.hear_until + timedelta(seconds=1)
