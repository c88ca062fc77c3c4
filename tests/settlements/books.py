"""Rows to settle: partners with terms, commissions that are payable, and the books that go with them."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from kernel.actor import Actor
from shared_apps.partners.actions import invite_partner
from tenant_apps.catalog.models import Offer, Product
from tenant_apps.commissions.actions.booking import book_accrued
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import CommissionState
from tenant_apps.customers.models import Customer
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post
from tenant_apps.orders.models import Line, Order
from tenant_apps.programs.models import ContractVersion, Enrollment, Program

ANNA = Actor(kind="operator", id="usr_anna", label="Anna", roles=frozenset({"finance"}))
BEN = Actor(kind="operator", id="usr_ben", label="Ben", roles=frozenset({"finance"}))
BORN = datetime(2026, 1, 1, tzinfo=UTC)
MAY, JUNE, JULY, AUGUST = (datetime(2026, month, 12, 10, tzinfo=UTC) for month in (5, 6, 7, 8))
_numbers = count(1)


def enrolled(
    brand: Any, name: str = "Nordlicht Media", *, currency: str = "EUR", minimum: int = 0, negative: str = "carry",
    effective_from: datetime = BORN,
) -> Enrollment:  # fmt: skip
    """Enroll a partner with terms in one currency."""
    email = f"{name.lower().replace(' ', '.')}@example.com"
    partner = invite_partner(brand=brand, name=name, email=email, country="PT", actor=ANNA, at=BORN)
    program, _ = Program.objects.get_or_create(name="Partners", defaults={"created_at": BORN})
    enrollment = Enrollment.objects.create(
        program=program, partner_ref=partner.public_id, partner_name=name, partner_email=email, enrolled_at=BORN
    )
    ContractVersion.objects.create(
        enrollment=enrollment, number=1, currency=currency, rules=[], minimum_payout_minor=minimum, negative=negative,
        effective_from=effective_from,
    )  # fmt: skip
    return enrollment


EXPLAINED = [{"code": "rule", "facts": {"rule": "standard"}}, {"code": "rate", "facts": {"rate": "0.1"}}]


def earned(
    enrollment: Enrollment, amount: int, at: datetime, *, currency: str = "EUR", title: str = "Photography course",
    **values: Any,
) -> Commission:  # fmt: skip
    """Write a commission that became payable at an instant, or waits in another state; its order and its entry."""
    line = _sold(amount * 10 or 1000, currency, title, at)
    facts: dict[str, Any] = {
        "rule": "standard", "base_minor": line.gross_minor, "state": "payable", "accrued_at": at, "matures_at": at,
        "payable_at": at, "order_ref": line.order.public_id, "line_ref": line.public_id, "explanation": EXPLAINED,
    }  # fmt: skip
    commission = Commission.objects.create(
        enrollment=enrollment, partner_ref=enrollment.partner_ref, attribution_ref=f"att_{line.pk}", currency=currency,
        **({"amount_minor": amount} | facts | values),
    )  # fmt: skip
    state = CommissionState(commission.state)
    if amount and state == CommissionState.PAYABLE:
        _book(commission, amount, "matured", at)
    elif amount and state.is_before_payable:
        book_accrued(commission, at)
    return commission


def clawed_back(original: Commission, amount: int, at: datetime) -> Commission:
    """Write a clawback of a commission that was payable before."""
    clawback = Commission.objects.create(
        kind="clawback", enrollment=original.enrollment, partner_ref=original.partner_ref, order_ref=original.order_ref,
        line_ref=original.line_ref, attribution_ref=original.attribution_ref, rule=original.rule, reason="refund",
        base_minor=original.base_minor, amount_minor=-amount, currency=original.currency, state="payable",
        reverses=original, cause_ref=f"ref_{next(_numbers)}", accrued_at=at, matures_at=at, payable_at=at,
    )  # fmt: skip
    _book(clawback, -amount, "clawed_back", at)
    return clawback


def _sold(gross: int, currency: str, title: str, at: datetime) -> Line:
    customer, _ = Customer.objects.get_or_create(email="kim@example.com", defaults={"created_at": BORN})
    product, _ = Product.objects.get_or_create(
        code="course", defaults={"name": "Course", "kind": "service", "created_at": BORN}
    )
    offer, _ = Offer.objects.get_or_create(
        slug="course", defaults={"product": product, "title": "Course", "created_at": BORN}
    )
    number = Order.objects.count() + 1001
    order = Order.objects.create(
        number=number, customer=customer, source="api", external_id=str(number), currency=currency, total_minor=gross,
        placed_at=at, paid_at=at, money_state="paid",
    )  # fmt: skip
    return Line.objects.create(
        order=order, position=1, offer=offer, product_code="course", product_kind="service", title=title, quantity=1,
        gross_minor=gross,
    )  # fmt: skip


def _book(commission: Commission, amount: int, what: str, at: datetime) -> None:
    expense, payable = chart.commission_expense(), chart.partner_payable(commission.partner_ref)
    debit, credit = (expense, payable) if amount > 0 else (payable, expense)
    post(
        cause=f"commission:{commission.public_id}:{what}", description=what,
        transfers=[Posting(debit, credit, abs(amount), commission.currency)], belongs_to=at, at=at,
    )  # fmt: skip
