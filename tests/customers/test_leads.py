"""Somebody asks, and asks again: one customer, one lead, counted."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.actor import Actor, system
from kernel.clock import utc_now
from kernel.errors import IllegalTransition, InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.catalog.actions import create_offer, create_product
from tenant_apps.customers.actions import move_lead, open_lead, remember_customer
from tenant_apps.customers.models import Customer, Lead
from tenant_apps.customers.queries import customer_by_email, lead_by_ref
from tenant_apps.customers.rules import normalized_email, normalized_phone
from tenant_apps.customers.states import LeadState

AT = utc_now()
VISITOR = Actor(kind="customer", id="anonymous", label="a visitor")
DEED = {"actor": VISITOR, "at": AT}


def an_offer(slug: str) -> object:
    deed = {"actor": system("tests"), "at": AT}
    return create_offer(
        product=create_product(code=slug, name=slug, kind="service", **deed), slug=slug, title=slug, **deed
    )


def test_a_form_sent_twice_is_one_lead_asked_twice_and_told_once(in_aurora: Brand) -> None:
    first = open_lead(email="Ann@Example.com ", name="Ann", message="Hello", visitor_ref="vis_1", **DEED)
    later = AT + timedelta(hours=1)
    again = open_lead(email="ann@example.com", message="Are you there?", visitor_ref="vis_2", actor=VISITOR, at=later)
    assert again == first
    assert (again.times_asked, again.last_asked_at, again.message, again.visitor_ref) == (2, later, "Hello", "vis_1")
    assert Message.objects.filter(name="lead.opened").count() == 1
    assert AuditEvent.objects.get(verb="lead.asked_again").after == {"message": "Are you there?"}
    assert Customer.objects.get().email == "ann@example.com"


def test_another_offer_is_another_lead_and_so_is_asking_after_it_was_lost(in_aurora: Brand) -> None:
    tea, cake = an_offer("tea"), an_offer("cake")
    first = open_lead(email="ann@example.com", offer=tea, **DEED)
    assert open_lead(email="ann@example.com", offer=cake, **DEED) != first
    move_lead(lead=first, to=LeadState.LOST, actor=system("tests"), at=AT, reason="no answer")
    assert open_lead(email="ann@example.com", offer=tea, **DEED) != first
    assert (Customer.objects.count(), Lead.objects.count()) == (1, 3)


def test_a_lead_moves_along_its_lifecycle_only(in_aurora: Brand) -> None:
    lead = open_lead(email="ann@example.com", **DEED)
    move_lead(lead=lead, to=LeadState.WON, actor=system("tests"), at=AT)
    with pytest.raises(IllegalTransition):
        move_lead(lead=lead, to=LeadState.NEW, actor=system("tests"), at=AT)
    kept = lead_by_ref(lead.public_id)
    assert kept is not None
    assert kept.state == "won"


def test_a_lead_of_nobody_is_refused_and_nothing_is_kept(in_aurora: Brand) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_lead(email="", phone="call me", name="x" * 121, **DEED)
    assert [error["field"] for error in refused.value.errors] == ["email", "phone", "name"]
    assert (Customer.objects.count(), Lead.objects.count(), Message.objects.count()) == (0, 0, 0)


def test_a_customer_is_learned_about_but_never_overwritten(in_aurora: Brand) -> None:
    remember_customer(email="ann@example.com", name="Ann", at=AT)
    known = remember_customer(email="ANN@example.com", name="Somebody else", phone="+49 170 1234567", at=AT)
    assert (known.name, known.phone) == ("Ann", "+491701234567")
    assert customer_by_email(" Ann@EXAMPLE.com") == known
    assert customer_by_email("no address") is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+49 (0)170 123-4567", "+491701234567"),
        ("0170 1234567", "01701234567"),
        ("", ""),
        ("+82 10-1234-5678", "+821012345678"),
    ],
)
def test_a_phone_number_has_one_spelling(written: str, kept: str) -> None:
    assert normalized_phone(written) == kept


def test_a_number_without_country_is_read_in_the_given_one() -> None:
    assert normalized_phone("010-1234-5678", region="KR") == "+821012345678"


@pytest.mark.parametrize(
    "text",
    ["ann", "ann@", "@example.com", "a b@example.com", "ann@example", "a..b@example.com", "ann@-x.com",
     "ann@example.com\0", "x" * 250 + "@example.com", "ann@exa mple.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        normalized_email(text)


@given(st.emails())
def test_normalizing_twice_changes_nothing(address: str) -> None:
    try:
        once = normalized_email(address)
    except InvalidInput:
        return
    assert normalized_email(once) == once == once.lower()


def test_lead_opened_reaches_handlers_in_this_brand_only(in_aurora: Brand, drain: Callable[[], int]) -> None:
    lead = open_lead(email="ann@example.com", **DEED)
    message = Message.objects.get(name="lead.opened")
    assert (message.aggregate, message.payload["customer_ref"]) == (lead.public_id, lead.customer.public_id)
