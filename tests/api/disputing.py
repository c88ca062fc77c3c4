"""Examples of the disputes' operations: a claim of Aurora's as far as each needs it."""

from collections.abc import Callable
from typing import Any

from shared_apps.brands.clock import now
from shared_apps.outbox.draining import drain_schema
from tenant_apps.disputes.actions import open_dispute, submit_claim
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment
from tests.api.example import Example
from tests.commissions import selling
from tests.disputes.claiming import OPS, PROOF, as_partner


def drained() -> int:
    handled = total = drain_schema()
    while handled:
        handled = drain_schema()
        total += handled
    return total


def the_sale() -> tuple[Order, Enrollment]:
    """Sell today, so that the door's own clock is within the time for claims."""

    offer = selling.offer_at(10_000)
    nora, omar = selling.partner("onlyaurora", selling.TEN_PERCENT), selling.partner("omar", selling.TEN_PERCENT)
    selling.visit("vis_1", nora, now() - selling.DAY)
    order = selling.paid_order(offer, "vis_1", at=now())
    drained()
    return order, omar


def a_claim() -> CreditDispute:
    order, omar = the_sale()
    assert order.paid_at is not None
    made = open_dispute(
        order_ref=order.public_id, claimant=omar, claimed="1/2", grounds="other", statement="onlyaurora", actor=OPS,
        at=order.paid_at, files=[PROOF],
    )  # fmt: skip
    drained()
    return made


def about(path: str, body: Any = None, **more: Any) -> Callable[[], Example]:
    def example() -> Example:
        claim = a_claim()
        return Example(path.format(claim.public_id), body, has_id=True, words=[claim.public_id], **more)

    return example


def claiming(path: str, *, once: bool = False, **more: Any) -> Callable[[], Example]:
    def example() -> Example:
        order, omar = the_sale()
        body = {"order": order.public_id, "enrollment": omar.public_id, "claimed": "1/2"} | more
        return Example(path, body, has_id=True, once=once, words=[omar.public_id])

    return example


def answering() -> Example:
    claim = a_claim()
    body = {
        "enrollment": claim.parties.get().enrollment.public_id, "position": "contests", "statement": "No.",
    }  # fmt: skip
    return Example(f"/credit-disputes/{claim.public_id}/answer", body, has_id=True, words=[claim.public_id])


def submitted() -> Example:
    order, omar = the_sale()
    made = submit_claim(
        order=f"#{order.number}", claimant=omar, claimed="1/2", grounds="other", statement="Mine.",
        actor=as_partner(omar), at=now(),
    )  # fmt: skip
    return Example(f"/credit-disputes/{made.public_id}/open", {}, once=True, has_id=True, words=[made.public_id])


def evidence() -> Example:
    piece = a_claim().evidence.get()
    return Example(f"/credit-disputes/evidence/{piece.public_id}/file", has_id=True, words=[piece.public_id])


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /credit-disputes": lambda: Example("/credit-disputes", words=[a_claim().public_id]),
    "GET /credit-disputes/policy": lambda: Example("/credit-disputes/policy"),
    "POST /credit-disputes/policy": lambda: Example("/credit-disputes/policy", {"claim_days": 30}),
    "POST /credit-disputes/preview": claiming("/credit-disputes/preview"),
    "POST /credit-disputes": claiming("/credit-disputes", once=True, grounds="other", statement="Mine."),
    "GET /credit-disputes/{dispute}": about("/credit-disputes/{}"),
    "GET /credit-disputes/{dispute}/preview": about("/credit-disputes/{}/preview"),
    "POST /credit-disputes/{dispute}/answer": answering,
    "POST /credit-disputes/{dispute}/decide": about(
        "/credit-disputes/{}/decide", {"granted": "0", "reason": "No."}, once=True
    ),
    "POST /credit-disputes/{dispute}/open": submitted,
    "POST /credit-disputes/{dispute}/withdraw": about(
        "/credit-disputes/{}/withdraw", {"reason": "Mistaken."}, once=True
    ),
    "GET /credit-disputes/evidence/{evidence}/file": evidence,
}
