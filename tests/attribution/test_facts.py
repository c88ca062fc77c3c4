"""What people and other systems say of a sale: agents' entries, coupon codes, cards, direct visits."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from kernel.errors import InvalidInput
from shared_apps.brands.models import Brand
from shared_apps.brands.pseudonyms import pseudonym
from tenant_apps.attribution.actions import decide, ensure_policy, enter_agent
from tenant_apps.attribution.errors import ReasonMissing
from tenant_apps.attribution.models import AgentEntry, Attribution
from tenant_apps.attribution.queries import attribution_of_order, replay
from tenant_apps.catalog.models import Offer
from tenant_apps.customers.actions import remember_customer
from tenant_apps.orders.actions import mark_paid, place_order
from tenant_apps.orders.models import Order
from tenant_apps.payments.actions import record_charge
from tenant_apps.payments.models import Charge
from tenant_apps.payments.providers.stripe.contents import CapturedCharge
from tenant_apps.programs.actions import create_link
from tenant_apps.tracking.actions import TrackedEvent, create_site, record_events
from tests.attribution.test_actions import reasons, shares
from tests.commissions.selling import ACTOR, AT, DAY, offer_at, order_of, paid_order, partner, visit
from tests.payments.selling import paid_elsewhere, place, publish_offer

MINUTE = timedelta(minutes=1)


def decided(order: Order) -> Attribution:
    found = attribution_of_order(order.public_id)
    assert found is not None
    assert replay(found) == []
    return found


def test_an_entry_before_the_payment_outranks_codes_and_clicks(in_aurora: Brand) -> None:
    nord, sued = partner("nord"), partner("sued")
    visit("v1", sued)
    order = order_of(offer_at(100_00), "v1")
    enter_agent(enrollment=nord, order=order, reason="sold on the phone", actor=ACTOR, at=AT)
    mark_paid(order_ref=order.public_id, at=AT + MINUTE)
    decision = decide(order_ref=order.public_id, at=AT + MINUTE)
    assert (shares(decision), reasons(decision)) == ([("nord", 100_00)], ["lower_priority", None])


def test_an_entry_after_the_payment_makes_the_next_version(in_aurora: Brand, drain: Callable[[], int]) -> None:
    nord, sued, offer = partner("nord"), partner("sued"), offer_at(100_00)
    visit("v1", sued)
    order = paid_order(offer, "v1", at=AT + MINUTE)
    drain()
    other = order_of(offer, "v2")
    enter_agent(enrollment=sued, order=other, reason="not paid yet", actor=ACTOR, at=AT + DAY)
    entry = enter_agent(enrollment=nord, order=order, reason="forgotten", actor=ACTOR, at=AT + DAY)
    drain()
    assert (decided(order).version, shares(decided(order))) == (2, [("nord", 100_00)])
    assert decided(order).cause == f"agent:{entry.public_id}"


def test_an_entry_about_a_customer_credits_what_comes_after(in_aurora: Brand) -> None:
    nord, offer = partner("nord"), offer_at(100_00)
    customer = remember_customer(email="ann@example.com", at=AT)
    enter_agent(enrollment=nord, customer=customer, reason="account manager", actor=ACTOR, at=AT - DAY)
    first = paid_order(offer, "v1", email="ann@example.com")
    other = paid_order(offer, "v2", email="bob@example.com")
    assert shares(decide(order_ref=first.public_id, at=AT)) == [("nord", 100_00)]
    assert shares(decide(order_ref=other.public_id, at=AT)) == []


def test_a_wrong_entry_is_named(in_aurora: Brand) -> None:
    nord, order = partner("nord"), paid_order(offer_at(100_00), "v1")
    said = {"enrollment": nord, "actor": ACTOR, "at": AT + DAY}
    with pytest.raises(ReasonMissing):
        enter_agent(order=order, reason=" ", **said)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="order"):
        enter_agent(reason="x", **said)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="happened_at: lies in the future"):
        enter_agent(order=order, reason="x", happened_at=AT + 2 * DAY, **said)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="later than the payment"):
        enter_agent(order=order, reason="x", happened_at=AT + MINUTE, **said)  # type: ignore[arg-type]
    assert AgentEntry.objects.count() == 0


def ordered_with(offer: Offer, code: str, visitor: str = "v1") -> Order:
    order = place_order(
        offer=offer, quantity=1, currency="EUR", email="ann@example.com", name="Ann", visitor_ref=visitor, via_code="",
        source="test", external_id=f"{code}-{visitor}", code=code, actor=ACTOR, at=AT,
    )  # fmt: skip
    return mark_paid(order_ref=order.public_id, at=AT)


def test_a_coupon_code_credits_its_owner_unless_codes_credit_nobody(in_aurora: Brand) -> None:
    nord, sued, offer = partner("nord"), partner("sued"), offer_at(100_00)
    create_link(enrollment=nord, code="SPRING10", kind="code", actor=ACTOR, at=AT)
    visit("v1", sued)
    decision = decide(order_ref=ordered_with(offer, " Spring10 ").public_id, at=AT)
    assert (shares(decision), reasons(decision)) == ([("nord", 100_00)], ["lower_priority", None])
    ensure_policy(terms={"model": "last", "code": "none"}, at=AT - MINUTE)
    again = decide(order_ref=ordered_with(offer, "spring10", "v2").public_id, at=AT)
    assert (shares(again), reasons(again)) == ([], ["code_not_credited"])


def test_an_unknown_code_is_refused_at_its_field_and_a_coupon_is_no_link(in_aurora: Brand) -> None:
    nord, offer = partner("nord"), offer_at(100_00)
    with pytest.raises(InvalidInput, match="code"):
        ordered_with(offer, "nord")  # a link of that name exists, a coupon does not
    with pytest.raises(InvalidInput, match="kind"):
        create_link(enrollment=nord, code="x1", kind="coupon", actor=ACTOR, at=AT)
    create_link(enrollment=nord, code="SPRING10", kind="code", actor=ACTOR, at=AT)
    assert shares(decide(order_ref=paid_order(offer, "v9", via="spring10").public_id, at=AT)) == []


def test_a_partner_that_pays_with_its_own_card_or_phone_is_its_own_customer(in_aurora: Brand) -> None:
    nord, offer = partner("nord"), offer_at(100_00)
    remember_customer(email=nord.partner_email, phone="+49 170 1234567", at=AT)
    remember_customer(email="ann@example.com", phone="+491701234567", at=AT)
    visit("v1", nord)
    decision = decide(order_ref=paid_order(offer, "v1", email="ann@example.com").public_id, at=AT)
    assert (shares(decision), reasons(decision)) == ([], ["self_referral"])
    assert "1701234567" not in str(decision.evidence)


def test_pseudonyms_are_equal_within_a_brand_only(in_aurora: Brand) -> None:
    assert pseudonym(" Ann@Example.com ") == pseudonym("ann@example.com")
    assert pseudonym("ann@example.com") != pseudonym("bob@example.com")
    assert (pseudonym("  "), len(pseudonym("a"))) == ("", 64)


def page_view(uid: str, minutes: int, **told: str) -> TrackedEvent:
    url = "https://blog.example/"
    return TrackedEvent(uid=uid, type="page_view", at=AT - DAY + minutes * MINUTE, url=url, **told)


def test_direct_visits_count_where_the_policy_says_so(in_aurora: Brand) -> None:
    ensure_policy(terms={"model": "linear", "direct": "count"}, at=AT - 30 * DAY)
    nord = partner("nord")
    site = create_site(name="Blog", allowed_hosts=["blog.example"], actor=ACTOR, at=AT)
    events = [
        page_view("1", 0, via="nord"), page_view("2", 10), page_view("3", 120),
        page_view("4", 300, referrer="https://elsewhere.example/"), page_view("5", 500, referrer="https://blog.example/a"),
    ]  # fmt: skip
    record_events(site=site, visitor_ref="v1", events=events, origin_host="blog.example", at=AT - DAY)
    decision = decide(order_ref=paid_order(offer_at(90_00), "v1").public_id, at=AT)
    # One touch of nord, and the direct visits 3 and 5: page 2 belongs to the first visit, 4 came from elsewhere.
    assert shares(decision) == [(nord.partner_name, 30_00)]
    assert [verdict["participant"] for verdict in decision.verdicts] == [nord.public_id, None, None]
    assert decision.pools[0]["unclaimed_minor"] == 60_00
    assert replay(decision) == []


def test_a_click_after_the_form_opened_is_late_although_the_page_loaded_again(in_aurora: Brand) -> None:
    nord, sued, offer = partner("nord"), partner("sued"), offer_at(100_00)
    site = create_site(name="Blog", allowed_hosts=["blog.example"], actor=ACTOR, at=AT)
    visit("v1", nord, AT - DAY)
    opened = [TrackedEvent(uid=str(minutes), type="checkout_opened", at=AT - minutes * MINUTE) for minutes in (20, 5)]
    record_events(site=site, visitor_ref="v1", events=opened, origin_host="blog.example", at=AT)
    visit("v1", sued, AT - 10 * MINUTE)
    decision = decide(order_ref=paid_order(offer, "v1").public_id, at=AT)
    assert (shares(decision), reasons(decision)) == ([("nord", 100_00)], [None, "late_click"])


def test_a_partner_that_pays_with_its_own_card_is_its_own_customer(in_aurora: Brand, drain: Callable[[], int]) -> None:
    nord, sued, offer = partner("nord"), partner("sued"), publish_offer()
    own = place(offer, email=nord.partner_email, external_id="own", visitor_ref="")
    others = place(offer, email="ann@example.com", external_id="others")
    visit("v1", sued, others.placed_at - DAY)
    visit("v1", nord, others.placed_at - MINUTE)
    for order in (own, others):
        pay_by_card(order, "card-of-nord")
    drain()
    assert (shares(decided(others)), reasons(decided(others))) == ([("sued", 119_00)], [None, "self_referral"])
    assert {len(key) for key in Charge.objects.values_list("card_key", flat=True)} == {64}
    assert "card-of-nord" not in str(decided(others).evidence)


def pay_by_card(order: Order, fingerprint: str) -> None:
    """The provider tells of the money first and of the card later, as it may."""
    paid = paid_elsewhere(order)
    charge = Charge.objects.get(intent__order_ref=paid.public_id)
    decide(order_ref=paid.public_id, at=charge.captured_at)
    fact = CapturedCharge(
        intent_ref=charge.intent.public_id, provider_intent_id=f"pi_{paid.number}", charge_id=charge.provider_charge_id,
        amount_minor=paid.total_minor, currency=paid.currency, card_fingerprint=fingerprint,
    )  # fmt: skip
    record_charge(fact=fact, account_id=charge.intent.account.account_id, actor=ACTOR, at=charge.captured_at)
