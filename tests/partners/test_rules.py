"""Bounds of what a partner says of itself, what it still lacks, and where a hand-off may lead. Pure."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kernel.errors import InvalidInput
from shared_apps.partners.rules import (
    PayoutFacts,
    TaxFacts,
    checked_payout,
    checked_tax,
    fingerprint,
    frozen_until,
    gaps,
    local_path,
    self_billing_text,
)
from shared_apps.partners.states import AccountKind, PayoutMethod, VatStatus
from tests.partners.test_identity import AT, BANK, TAX

NUMBER = replace(BANK, account_kind=AccountKind.NUMBER, account="110-234-567890")
SMALL = replace(TAX, vat_status=VatStatus.SMALL_BUSINESS, vat_id="")
ABROAD = replace(SMALL, country="AE")
STRIPE = PayoutFacts(method=PayoutMethod.STRIPE)


def wrong_fields(check: Any, facts: TaxFacts | PayoutFacts) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        check(facts)
    return [error["field"] for error in refused.value.errors]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"legal_name": "x"}, {"legal_name": "x"}), ({"legal_name": "x" * 160}, {"legal_name": "x" * 160}),
        ({"legal_name": " a \t b\n"}, {"legal_name": "a b"}), ({"country": " at ", "vat_id": ""}, {"country": "AT"}),
        ({"legal_address": "x" * 500}, {"legal_address": "x" * 500}),
        ({"legal_address": " a \n\n b "}, {"legal_address": "a\nb"}),
        ({"tax_number": "9" * 40}, {"tax_number": "9" * 40}), ({"tax_number": " 1  2 "}, {"tax_number": "1 2"}),
    ],
)  # fmt: skip
def test_tax_facts_are_kept_in_their_normal_form_up_to_their_bounds(said: dict[str, str], kept: dict[str, str]) -> None:
    assert checked_tax(replace(SMALL, **said)) == replace(SMALL, **kept)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"legal_name": "x" * 161}, ["legal_name"]), ({"legal_name": "\x00"}, ["legal_name"]),
        ({"legal_address": "x" * 501}, ["legal_address"]), ({"legal_address": "\n"}, ["legal_address"]),
        ({"tax_number": "9" * 41}, ["tax_number"]), ({"country": "DEU"}, ["country"]), ({"country": "Ä1"}, ["country"]),
        ({"vat_status": VatStatus.UNKNOWN}, ["vat_status"]),
        ({"vat_status": VatStatus.UNKNOWN, "vat_id": "DE1", "tax_number": "9" * 41, "legal_name": ""},
         ["legal_name", "tax_number", "vat_id", "vat_status"]),
        ({"country": "", "vat_status": VatStatus.UNKNOWN, "legal_name": ""}, ["legal_name", "country"]),
    ],
)  # fmt: skip
def test_each_tax_fact_beyond_its_bounds_is_named(said: dict[str, Any], fields: list[str]) -> None:
    assert wrong_fields(checked_tax, replace(SMALL, **said)) == fields


def test_where_no_law_is_known_a_number_has_4_to_20_letters_and_digits() -> None:
    for number in ("A234", "1" * 20):
        assert checked_tax(replace(ABROAD, vat_id=number)).vat_id == number
    for number in ("123", "1" * 21, "12-34"):
        assert wrong_fields(checked_tax, replace(ABROAD, vat_id=number)) == ["vat_id"]
    assert checked_tax(replace(ABROAD, vat_id=" a2 34 ")).vat_id == "A234"


def test_an_account_is_kept_in_its_normal_form_or_named() -> None:
    kept = checked_payout(NUMBER)
    assert (kept.account_kind, kept.account, kept.bic) == (AccountKind.NUMBER, "110234567890", "COBADEFFXXX")
    assert checked_payout(replace(BANK, account_kind=None)).account_kind is AccountKind.IBAN
    for length in (4, 34):
        assert checked_payout(replace(NUMBER, account="1" * length)).account == "1" * length
    for length in (3, 35):
        assert wrong_fields(checked_payout, replace(NUMBER, account="1" * length)) == ["account"]
    assert wrong_fields(checked_payout, replace(NUMBER, holder="", bic="x", account="1")) == [
        "holder",
        "bic",
        "account",
    ]
    assert wrong_fields(checked_payout, replace(BANK, holder="", bic="x", account="")) == ["holder", "bic", "account"]
    assert wrong_fields(checked_payout, replace(NUMBER, bic="")) == ["bic"]
    assert checked_payout(replace(BANK, bic="")).bic == ""


def test_a_connected_account_has_stripes_form() -> None:
    for name in ("acct_" + "1" * 6, "acct_" + "1" * 58):
        assert checked_payout(replace(STRIPE, stripe_account=f" {name} ")).stripe_account == name
    for name in ("acct_" + "1" * 5, "acct_" + "1" * 59, "acct_123 456", ""):
        assert wrong_fields(checked_payout, replace(STRIPE, stripe_account=name)) == ["stripe_account"]


def test_what_is_missing_is_told_in_the_order_it_is_asked_for() -> None:
    everything = ["legal_name", "legal_address", "country", "vat_status", "payout_method"]
    assert gaps(TaxFacts(), None, self_billing_agreed=False) == everything
    assert gaps(TAX, PayoutMethod.BANK, self_billing_agreed=True) == []
    assert gaps(TAX, PayoutMethod.BANK, self_billing_agreed=False) == ["self_billing"]
    assert gaps(SMALL, None, self_billing_agreed=False) == ["payout_method", "self_billing"]
    assert gaps(replace(TAX, vat_id=""), PayoutMethod.BANK, self_billing_agreed=True) == ["vat_id"]
    private = replace(TAX, vat_id="", vat_status=VatStatus.PRIVATE)
    assert gaps(private, PayoutMethod.MANUAL, self_billing_agreed=False) == []


def test_only_a_change_of_the_account_freezes() -> None:
    assert frozen_until(first=True, at=AT) is None
    assert frozen_until(first=False, at=AT) == AT + timedelta(hours=72)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", True), ("/portal/?a=b", True), ("/" + "x" * 199, True), ("/" + "x" * 200, False), ("", False),
        ("portal", False), ("//evil", False), ("/\\evil", False), ("/a\\b", False), ("/a\tb", False), ("/a\x00", False),
    ],
)  # fmt: skip
def test_a_hand_off_stays_on_its_host(path: str, kept: bool) -> None:
    assert local_path(path) == (path if kept else "")


def test_of_a_pass_its_hash_is_kept() -> None:
    assert fingerprint("pass") == hashlib.sha256(b"pass").hexdigest()


def test_the_words_of_self_billing_name_the_vat_number_there_is() -> None:
    told = [self_billing_text(partner="N", brand="B", vat_id=vat, language="en-GB") for vat in ("DE1", "")]
    assert ["VAT number (DE1) changes" in told[0], "VAT number changes" in told[1]] == [True, True]
    assert self_billing_text(partner="N", brand="B", vat_id="", language="fr") == told[1]
    assert self_billing_text(partner="{brand}", brand="B", vat_id="", language="es").startswith("{brand} acepta que B ")
