"""One person, many brands: invited twice, known once, seen by each brand only as its own."""

from datetime import date, timedelta
from typing import Any

import pytest

from kernel.actor import system
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.actions import (
    add_partner_user,
    invite_partner,
    issue_hand_off,
    record_balance,
    record_statement,
    redeem_hand_off,
)
from shared_apps.partners.errors import HandOffRefused, NotAtThisBrand, UnknownPartner
from shared_apps.partners.models import HandOff, Partner
from shared_apps.partners.queries import balances_of, brands_of, partner_at_brand, partners_of_user, statements_of

ACTOR, AT = system("tests"), utc_now()
STATEMENT = {
    "settlement_ref": "stl_1", "statement_ref": "stm_1", "number": "AUR-1", "period_label": "2026-03",
    "first_on": date(2026, 3, 1), "last_on": date(2026, 3, 31), "currency": "EUR", "net_minor": 100,
    "payout_minor": 100, "closing_minor": 0, "sha256": "a" * 64, "issued_at": AT,
}  # fmt: skip


def invited(brand: Brand, email: str = "nordic@example.com", name: str = "Nordic Media") -> Partner:
    with brand_entered(brand):
        return invite_partner(brand=brand, name=name, email=email, actor=ACTOR, at=AT)


def test_two_brands_that_invite_one_person_share_it_and_neither_renames_it(aurora: Brand, hanok: Brand) -> None:
    first = invited(aurora)
    second = invited(hanok, email="  Nordic@Example.com ", name="Another name")
    assert second == first
    assert Partner.objects.get().name == "Nordic Media"
    assert [brand.name for brand in brands_of(first)] == ["Aurora", "Hanok"]


def test_invited_again_by_the_same_brand_nothing_is_doubled(aurora: Brand) -> None:
    first, again = invited(aurora), invited(aurora)
    assert first == again
    assert [brand.name for brand in brands_of(first)] == ["Aurora"]
    with brand_entered(aurora):
        assert AuditEvent.objects.filter(verb="partner.invited").count() == 1


def test_a_brand_does_not_learn_of_partners_it_did_not_invite(aurora: Brand, hanok: Brand) -> None:
    partner = invited(aurora)
    with brand_entered(hanok):
        assert partner_at_brand(partner.public_id, hanok) is None
        assert AuditEvent.objects.filter(verb="partner.invited").count() == 0
    assert partner_at_brand(partner.public_id, aurora) == partner


def test_an_invitation_names_every_wrong_field_and_makes_nobody(in_aurora: Brand) -> None:
    with pytest.raises(InvalidInput) as refused:
        invite_partner(brand=in_aurora, name=" ", email="nobody", kind="robot", country="de", actor=ACTOR, at=AT)
    assert [error["field"] for error in refused.value.errors] == ["name", "kind", "country", "email"]
    from shared_apps.brands.entering import public_entered

    with public_entered():
        assert Partner.objects.count() == 0


def test_a_partners_user_is_one_account_and_a_weak_password_is_refused(aurora: Brand) -> None:
    partner = invited(aurora)
    with pytest.raises(InvalidInput, match="password"):
        add_partner_user(partner=partner, email="ann@nordic.example", password="12345", name="Ann")
    user = add_partner_user(partner=partner, email="Ann@Nordic.example", password="correct horse battery", name="Ann")
    assert (user.email, user.is_staff, partners_of_user(user)) == ("ann@nordic.example", False, [partner])
    with pytest.raises(InvalidInput, match="already has an account"):
        add_partner_user(partner=partner, email="ann@nordic.example", password="correct horse battery", name="Ann")
    assert partner.memberships.count() == 1


@pytest.fixture
def ann(aurora: Brand) -> Any:
    partner = invited(aurora)
    return partner, add_partner_user(
        partner=partner, email="ann@nordic.example", password="correct horse battery", name="Ann"
    )


def test_a_hand_off_opens_one_brands_portal_once(aurora: Brand, ann: Any) -> None:
    partner, user = ann
    token = issue_hand_off(partner=partner, brand=aurora, user=user, next_path="/portal/statements/", at=AT)
    assert HandOff.objects.get().token_sha256 != token
    with brand_entered(aurora):
        over = redeem_hand_off(token=token, brand=aurora, at=AT + timedelta(seconds=59))
        assert (over.partner_ref, over.next_path) == (partner.public_id, "/portal/statements/")
        with pytest.raises(HandOffRefused):
            redeem_hand_off(token=token, brand=aurora, at=AT + timedelta(seconds=59))


def test_a_hand_off_is_refused_when_late_elsewhere_or_invented(aurora: Brand, hanok: Brand, ann: Any) -> None:
    partner, user = ann
    invited(hanok)
    token = issue_hand_off(partner=partner, brand=aurora, user=user, at=AT)
    for attempt in (
        {"token": token, "brand": hanok, "at": AT},
        {"token": token, "brand": aurora, "at": AT + timedelta(seconds=60)},
        {"token": token + "x", "brand": aurora, "at": AT},
    ):
        with pytest.raises(HandOffRefused):
            redeem_hand_off(**attempt)
    assert HandOff.objects.get().used_at is None


def test_no_hand_off_to_a_brand_the_partner_does_not_work_with(hanok: Brand, ann: Any) -> None:
    partner, user = ann
    with pytest.raises(NotAtThisBrand):
        issue_hand_off(partner=partner, brand=hanok, user=user, at=AT)
    assert HandOff.objects.count() == 0


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "portal", "/" + "a" * 200]
)
def test_a_hand_off_never_leads_to_another_host(aurora: Brand, ann: Any, path: str) -> None:
    partner, user = ann
    token = issue_hand_off(partner=partner, brand=aurora, user=user, next_path=path, at=AT)
    assert redeem_hand_off(token=token, brand=aurora, at=AT).next_path == ""


def test_the_newest_balance_stays_whatever_order_it_is_told_in(aurora: Brand) -> None:
    partner = invited(aurora)
    amounts = {
        "brand": aurora,
        "partner_ref": partner.public_id,
        "currency": "EUR",
        "confirmed_minor": 0,
        "paid_minor": 0,
    }
    with brand_entered(aurora):
        record_balance(**amounts, pending_minor=10, payable_minor=5, as_of=AT + timedelta(days=1))
        record_balance(**amounts, pending_minor=99, payable_minor=0, as_of=AT)
        record_balance(**amounts, pending_minor=0, payable_minor=15, as_of=AT + timedelta(days=2))
    assert [(row.pending_minor, row.payable_minor) for row in balances_of(partner)] == [(0, 15)]


def test_a_statement_told_twice_is_listed_once_and_its_second_version_replaces_it(aurora: Brand) -> None:
    partner = invited(aurora)
    with brand_entered(aurora):
        for version in (1, 1, 2, 1):
            record_statement(brand=aurora, partner_ref=partner.public_id, version=version, **STATEMENT)
    assert [(row.number, row.version) for row in statements_of(partner)] == [("AUR-1", 2)]


def test_roll_ups_of_nobody_are_refused(aurora: Brand) -> None:
    with brand_entered(aurora), pytest.raises(UnknownPartner):
        record_statement(brand=aurora, partner_ref="par_nobody", version=1, **STATEMENT)
