"""What a partner says of its tax and its account: checked, kept as versions, sealed, followed by a freeze."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from kernel.actor import Actor, system
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.actions import agree_to_self_billing, invite_partner, say_payout, say_tax, set_terms
from shared_apps.partners.errors import NotAtThisBrand, ReauthenticationNeeded
from shared_apps.partners.models import Partner, PayoutVersion, SelfBilling, TaxVersion
from shared_apps.partners.queries import (
    payout_accounts,
    payout_frozen_until,
    payout_profile,
    profile_gaps,
    profiles_gaps,
    self_billing_of,
    tax_profile,
)
from shared_apps.partners.rules import PayoutFacts, TaxFacts, checked_payout, checked_tax, self_billing_text, text_hash
from shared_apps.partners.states import AccountKind, PayoutMethod, VatStatus

AT = utc_now()
ANN = Actor(kind="partner", id="usr_ann", label="Ann")
TAX = TaxFacts(
    legal_name="Nordlicht Media GmbH", legal_address="Torstr. 1\n10119 Berlin", country="DE",
    vat_status=VatStatus.REGISTERED, vat_id="DE136695976",
)  # fmt: skip
BANK = PayoutFacts(
    method=PayoutMethod.BANK, holder="Nordlicht Media GmbH", account_kind=AccountKind.IBAN,
    account="DE89 3704 0044 0532 0130 00", bic="COBADEFFXXX",
)  # fmt: skip


@pytest.fixture
def partner(aurora: Brand) -> Partner:
    with brand_entered(aurora):
        return invite_partner(brand=aurora, name="Nordlicht", email="n@example.com", actor=system("tests"), at=AT)


def tax_said(partner: Partner, facts: TaxFacts = TAX, **also: Any) -> TaxVersion:
    return say_tax(partner=partner, facts=facts, **{"actor": ANN, "authenticated_at": AT, "at": AT} | also)


def payout_said(partner: Partner, facts: PayoutFacts = BANK, **also: Any) -> PayoutVersion:
    return say_payout(partner=partner, facts=facts, **{"actor": ANN, "authenticated_at": AT, "at": AT} | also)


def agreed(partner: Partner, brand: Brand, **also: Any) -> SelfBilling:
    with public_entered():
        tax = TaxVersion.objects.filter(partner=partner).order_by("-number")[0]
    text = self_billing_text(partner=tax.legal_name, brand=brand.name, vat_id=tax.vat_id, language="en")
    asked = {"language": "en", "shown_sha256": text_hash(text), "actor": ANN, "at": AT}
    return agree_to_self_billing(partner=partner, brand=brand, **asked | also)


@pytest.mark.parametrize(
    ("country", "written", "kept"),
    [
        ("DE", "de 136 695 976", "DE136695976"), ("DE", "136695976", "DE136695976"),
        ("AT", "ATU13585627", "ATU13585627"), ("GR", "EL094259216", "EL094259216"), ("GR", "094259216", "EL094259216"),
        ("ES", "ESA13585625", "ESA13585625"), ("KR", "116-82-00276", "1168200276"), ("US", "98-7654321", ""),
    ],
)  # fmt: skip
def test_a_vat_number_is_kept_in_one_form(country: str, written: str, kept: str) -> None:
    facts = replace(TAX, country=country, vat_id=written)
    if not kept:
        with pytest.raises(InvalidInput, match=f"is no VAT number of {country}"):
            checked_tax(facts)
    else:
        assert checked_tax(facts).vat_id == kept


def test_every_wrong_tax_field_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as wrong:
        checked_tax(TaxFacts(legal_name=" ", country="DE", vat_status=VatStatus.REGISTERED, vat_id="DE136695977"))
    assert [error["field"] for error in wrong.value.errors] == ["legal_name", "legal_address", "vat_id"]
    with pytest.raises(InvalidInput) as wrong:
        checked_tax(replace(TAX, country="Germany"))
    assert wrong.value.field == "country"


def test_registered_needs_a_number_and_a_private_person_has_none() -> None:
    with pytest.raises(InvalidInput, match="vat_id"):
        checked_tax(replace(TAX, vat_id=""))
    with pytest.raises(InvalidInput, match="vat_id"):
        checked_tax(replace(TAX, vat_status=VatStatus.PRIVATE))
    assert checked_tax(replace(TAX, vat_status=VatStatus.SMALL_BUSINESS, vat_id="")).vat_id == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"account": "DE89370400440532013001"}, "account"), ({"account": ""}, "account"),
        ({"account": "DE8937040044053201300"}, "account"), ({"bic": "COBADE"}, "bic"), ({"holder": "  "}, "holder"),
        ({"holder": "x" * 71}, "holder"), ({"account_kind": AccountKind.NUMBER, "account": "1", "bic": ""}, "account"),
        ({"account_kind": AccountKind.NUMBER, "account": "110-234-567890", "bic": ""}, "bic"),
        ({"method": PayoutMethod.STRIPE, "stripe_account": "cus_123456"}, "stripe_account"),
    ],
)  # fmt: skip
def test_a_wrong_payout_field_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        checked_payout(replace(BANK, **change))
    assert wrong.value.field == field


@given(st.integers(0, 9), st.integers(4, 21))
def test_one_changed_digit_of_an_iban_is_found(digit: int, place: int) -> None:
    account = "DE89370400440532013000"
    changed = account[:place] + str(digit) + account[place + 1 :]
    if changed == account:
        assert checked_payout(replace(BANK, account=changed)).account == account
    else:
        with pytest.raises(InvalidInput):
            checked_payout(replace(BANK, account=changed))


def test_a_method_keeps_nothing_of_another() -> None:
    facts = replace(BANK, stripe_account="acct_1A2b3C4d5E6f")
    assert checked_payout(facts).stripe_account == ""
    assert checked_payout(replace(facts, method=PayoutMethod.STRIPE)) == PayoutFacts(
        method=PayoutMethod.STRIPE, stripe_account="acct_1A2b3C4d5E6f"
    )
    assert checked_payout(replace(facts, method=PayoutMethod.MANUAL)) == PayoutFacts(method=PayoutMethod.MANUAL)


def test_what_is_not_said_is_unknown_and_everything_lacks(partner: Partner, aurora: Brand) -> None:
    with brand_entered(aurora):
        tax = tax_profile(partner.public_id)
        assert (tax.vat_status, tax.vat_id, tax.withholding_rate) == (VatStatus.UNKNOWN, "", "0")
        assert profile_gaps(partner.public_id) == ["legal_address", "country", "vat_status", "payout_method"]
        assert profile_gaps("par_nobody")[0] == "legal_name"


def test_a_complete_profile_has_no_gaps_at_a_brand_it_lets_bill(partner: Partner, aurora: Brand, hanok: Brand) -> None:
    tax_said(partner)
    payout_said(partner)
    with brand_entered(aurora):
        assert profile_gaps(partner.public_id) == ["self_billing"]
    agreed(partner, aurora)
    with brand_entered(aurora):
        assert profile_gaps(partner.public_id) == []
        assert tax_profile(partner.public_id).self_billing_agreed_at == AT
    with brand_entered(hanok):
        assert profile_gaps(partner.public_id) == ["self_billing"]
        assert tax_profile(partner.public_id).self_billing_agreed_at is None


def test_another_vat_number_ends_the_agreements_until_renewed(partner: Partner, aurora: Brand) -> None:
    tax_said(partner)
    agreed(partner, aurora)
    assert self_billing_of(partner)[aurora.pk].vat_id == "DE136695976"
    tax_said(partner, replace(TAX, vat_id="DE811907980"))
    with brand_entered(aurora):
        assert tax_profile(partner.public_id).self_billing_agreed_at is None
    assert self_billing_of(partner) == {}
    agreed(partner, aurora, at=AT + timedelta(days=1))
    with brand_entered(aurora):
        assert tax_profile(partner.public_id).self_billing_agreed_at == AT + timedelta(days=1)
    assert SelfBilling.objects.count() == 2


def test_nobody_agrees_to_words_they_were_not_shown_nor_at_a_strangers(
    partner: Partner, aurora: Brand, hanok: Brand
) -> None:
    with pytest.raises(InvalidInput, match="tax details"):
        agree_to_self_billing(
            partner=partner, brand=aurora, language="en", shown_sha256="0" * 64, actor=ANN, at=AT
        )  # fmt: skip
    tax_said(partner)
    with pytest.raises(InvalidInput, match="read it again"):
        agreed(partner, aurora, shown_sha256="0" * 64)
    with pytest.raises(NotAtThisBrand):
        agreed(partner, hanok)
    assert SelfBilling.objects.count() == 0


def test_versions_are_added_and_the_partner_shows_the_last(partner: Partner) -> None:
    first = tax_said(partner)
    assert tax_said(partner) == first
    second = tax_said(partner, replace(TAX, legal_name="Nordlicht SE"))
    assert [first.number, second.number] == [1, 2]
    partner.refresh_from_db()
    assert (partner.legal_name, partner.country, partner.tax_id) == ("Nordlicht SE", "DE", "DE136695976")
    assert AuditEvent.objects.filter(verb="partner.tax_said").count() == 2


def test_an_account_is_sealed_and_the_audit_knows_four_characters(partner: Partner) -> None:
    version = payout_said(partner)
    assert version.account_last4 == "3000"
    assert "37040044" not in version.account_sealed
    said = AuditEvent.objects.get(verb="partner.payout_said")
    assert said.after["last4"] == "3000"
    assert "37040044" not in str(said.after)
    assert payout_accounts([partner.public_id]) == {partner.public_id: "DE89370400440532013000"}
    profile = payout_profile(partner.public_id)
    assert profile is not None
    assert (profile.method, profile.last4, profile.holder) == (PayoutMethod.BANK, "3000", "Nordlicht Media GmbH")


def test_the_first_profile_freezes_nothing_and_every_change_72_hours(partner: Partner) -> None:
    assert payout_frozen_until(partner.public_id) is None
    payout_said(partner)
    payout_said(partner)  # the same again is no change
    assert payout_frozen_until(partner.public_id) is None
    later = AT + timedelta(days=10)
    other = replace(BANK, account="FR1420041010050500013M02606", bic="")
    payout_said(partner, other, at=later, authenticated_at=later)
    assert payout_frozen_until(partner.public_id) == later + timedelta(hours=72)
    payout_said(partner, at=later + timedelta(hours=1), authenticated_at=later + timedelta(hours=1))
    assert payout_frozen_until(partner.public_id) == later + timedelta(hours=73)
    assert [row.number for row in PayoutVersion.objects.order_by("pk")] == [1, 2, 3]


def test_an_old_sign_in_changes_nothing(partner: Partner) -> None:
    old = {"authenticated_at": AT - timedelta(minutes=5, seconds=1)}
    with pytest.raises(ReauthenticationNeeded):
        payout_said(partner, **old)
    with pytest.raises(ReauthenticationNeeded):
        tax_said(partner, **old)
    assert (PayoutVersion.objects.count(), TaxVersion.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)


def test_a_refused_profile_leaves_the_one_before(partner: Partner) -> None:
    payout_said(partner)
    with pytest.raises(InvalidInput):
        payout_said(partner, replace(BANK, account="DE00"))
    profile = payout_profile(partner.public_id)
    assert (profile and profile.last4, payout_frozen_until(partner.public_id)) == ("3000", None)


@pytest.mark.parametrize("table", ["partners_taxversion", "partners_payoutversion", "partners_selfbilling"])
def test_the_runtime_role_cannot_alter_a_version(partner: Partner, table: str) -> None:
    for deed in (f"UPDATE {table} SET said_by = ''", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        told = deed.replace("said_by", "agreed_by") if "selfbilling" in table else deed
        with (
            pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(),
            connection.cursor() as cursor,
        ):  # fmt: skip
            cursor.execute(told)


def test_a_brand_sets_its_own_terms_only(partner: Partner, aurora: Brand, hanok: Brand) -> None:
    asked: dict[str, Any] = {"partner_ref": partner.public_id, "netting": True, "actor": system("tests"), "at": AT}
    with brand_entered(aurora):
        set_terms(brand=aurora, withholding_rate=Decimal("0.150000"), **asked)
        assert tax_profile(partner.public_id).withholding_rate == "0.15"
        for wrong in ("-0.1", "1", "0.1234567"):
            with pytest.raises(InvalidInput):
                set_terms(brand=aurora, withholding_rate=Decimal(wrong), **asked)
        assert AuditEvent.objects.filter(verb="partner.terms_set").count() == 1
    with brand_entered(hanok), pytest.raises(NotAtThisBrand):
        set_terms(brand=hanok, withholding_rate=Decimal(0), **asked)


def test_gaps_of_many_cost_as_much_as_of_one(partner: Partner, aurora: Brand, django_assert_num_queries: Any) -> None:
    def invited(number: int) -> str:
        asked: dict[str, Any] = {"brand": aurora, "name": "P", "actor": system("tests"), "at": AT}
        return invite_partner(email=f"p{number}@example.com", **asked).public_id

    with brand_entered(aurora):
        others = [invited(number) for number in range(3)]
        tax_said(partner)
        with django_assert_num_queries(7):
            profiles_gaps([partner.public_id])
        with django_assert_num_queries(7):
            profiles_gaps([partner.public_id, *others])
