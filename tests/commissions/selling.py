"""A brand with an offer and partners, and the steps of a sale through the public verbs."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kernel.actor import Actor, system
from shared_apps.brands.entering import entered_brand
from shared_apps.partners.actions import invite_partner
from tenant_apps.attribution.actions import decide
from tenant_apps.attribution.queries import attribution_of_order
from tenant_apps.catalog.actions import create_offer, create_product, publish_offer, set_price
from tenant_apps.catalog.models import Offer
from tenant_apps.commissions.actions import accrue
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import pending_mismatches
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import balance, flaws, trial_balance
from tenant_apps.orders.actions import (
    apply_dispute,
    apply_refund,
    close_dispute,
    mark_fulfilled,
    mark_paid,
    place_order,
)
from tenant_apps.orders.models import Line, Order
from tenant_apps.programs.actions import create_link, enroll_partner, ensure_program, set_contract
from tenant_apps.programs.models import Enrollment
from tenant_apps.tracking.actions import record_touch

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ACTOR = system("tests")
FINANCE = Actor(kind="operator", id="usr_fin", label="Finn", roles=frozenset({"finance"}))
TEN_PERCENT: list[dict[str, Any]] = [{"id": "ten", "pay": {"kind": "percent", "rate": "0.10"}}]


def offer_at(
    amount_minor: int, *, currency: str = "EUR", kind: str = "service", tax: str = "0", code: str = "tour"
) -> Offer:
    product = create_product(code=code, name=code.title(), kind=kind, actor=ACTOR, at=AT)
    offer = create_offer(product=product, slug=code, title=code.title(), actor=ACTOR, at=AT)
    set_price(
        offer=offer, currency=currency, amount_minor=amount_minor, tax_rate=Decimal(tax), actor=ACTOR, at=AT,
    )  # fmt: skip
    return publish_offer(offer=offer, actor=ACTOR, at=AT)


def partner(
    name: str, rules: list[dict[str, Any]] | None = None, *, currency: str = "EUR", hold_days: int = 14
) -> Enrollment:
    """Enroll a partner with a link of its own name; no contract when `rules` is None."""
    email = f"{name}@partners.example"
    known = invite_partner(brand=entered_brand(), name=name, email=email, actor=ACTOR, at=AT)
    program = ensure_program(name="Partners", at=AT)
    enrollment = enroll_partner(
        program=program, partner_ref=known.public_id, name=name, email=email, role="affiliate", actor=ACTOR, at=AT
    )
    create_link(enrollment=enrollment, code=name, actor=ACTOR, at=AT)
    if rules is not None:
        set_contract(
            enrollment=enrollment, currency=currency, rules=rules, hold_days=hold_days, minimum_payout_minor=0,
            negative="carry", effective_from=AT - 30 * DAY, actor=ACTOR, at=AT,
        )  # fmt: skip
    return enrollment


def visit(visitor: str, enrollment: Enrollment, at: datetime = AT - DAY) -> None:
    link = enrollment.links.get()
    record_touch(visitor_ref=visitor, link=link, channel="click", at=at)


def order_of(
    offer: Offer, visitor: str, *, quantity: int = 1, email: str = "", currency: str = "EUR", via: str = ""
) -> Order:
    return place_order(
        offer=offer, quantity=quantity, currency=currency, email=email or f"{visitor}@example.com", name="Ann",
        visitor_ref=visitor, via_code=via, source="test", external_id=f"{visitor}-{Order.objects.count()}", actor=ACTOR,
        at=AT,
    )  # fmt: skip


def paid_order(offer: Offer, visitor: str, *, at: datetime = AT, **wish: Any) -> Order:
    return mark_paid(order_ref=order_of(offer, visitor, **wish).public_id, at=at)


def accrued_order(offer: Offer, visitor: str) -> Order:
    """A paid order whose shares are decided and written, without working off the outbox."""
    order = paid_order(offer, visitor)
    decide(order_ref=order.public_id, at=AT)
    accrue(attribution_ref=decision_of(order), at=AT)
    return order


def add_line(order: Order, offer: Offer, gross_minor: int) -> Line:
    """Put a second line on an order; baskets of several offers come to the shop later, the engine has them now."""
    order.total_minor += gross_minor
    order.save(update_fields=["total_minor"])
    return Line.objects.create(
        order=order, position=order.lines.count() + 1, offer=offer, product_code=offer.product.code,
        product_kind=offer.product.kind, title=offer.title, quantity=1, gross_minor=gross_minor,
    )  # fmt: skip


def fulfill(order: Order, at: datetime = AT + DAY) -> None:
    mark_fulfilled(order=order, actor=ACTOR, at=at)


def refund(
    order: Order, amount_minor: int, ref: str = "ref_1", at: datetime = AT + 2 * DAY, on: date | None = None
) -> None:
    apply_refund(order_ref=order.public_id, refund_ref=ref, refunded_minor=amount_minor, at=at, returned_on=on)


def dispute(order: Order, amount_minor: int, ref: str = "dp_1", at: datetime = AT + 2 * DAY) -> None:
    apply_dispute(order_ref=order.public_id, dispute_ref=ref, disputed_minor=amount_minor, at=at)


def close(order: Order, *, won: bool, ref: str = "dp_1", at: datetime = AT + 9 * DAY) -> None:
    close_dispute(order_ref=order.public_id, dispute_ref=ref, won=won, at=at)


def lines(order: Order) -> list[tuple[str, int, str]]:
    rows = Commission.objects.filter(order_ref=order.public_id).order_by("pk")
    return [(line.kind, line.amount_minor, line.state) for line in rows]


def decision_of(order: Order) -> str:
    found = attribution_of_order(order.public_id)
    assert found is not None
    return found.public_id


def books(enrollment: Enrollment, currency: str = "EUR") -> tuple[int, int, int]:
    """The partner's pending and payable money and what commissions cost the brand so far."""
    ref = enrollment.partner_ref
    codes = (chart.partner_pending(ref), chart.partner_payable(ref), chart.commission_expense())
    pending, payable, expense = (balance(account.code, currency) for account in codes)
    return pending, payable, expense


def assert_books_fit(*enrollments: Enrollment) -> None:
    """Lines = ledger at every step: pending money, payable money, cost; everything sums to zero."""
    assert list(pending_mismatches()) == []
    assert list(flaws()) == []
    assert sum(row.signed_minor for row in trial_balance()) == 0
    for enrollment in enrollments:
        own = Commission.objects.filter(enrollment=enrollment)
        after = sum_of(own.filter(state__in=["payable", "paid"]))
        assert balance(chart.partner_payable(enrollment.partner_ref).code, "EUR") == after
    owed = sum_of(Commission.objects.filter(currency="EUR").exclude(state="canceled"))
    assert balance(chart.commission_expense().code, "EUR") == owed


def sum_of(rows: Sequence[Commission] | Any) -> int:
    return sum(line.amount_minor for line in rows)
