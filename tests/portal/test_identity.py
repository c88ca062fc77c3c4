"""Name, tax and account on the partner host: each mistake at its field, nothing half-saved, never on an old sign-in."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.partners.models import Partner, PayoutVersion, SelfBilling, TaxVersion
from shared_apps.partners.queries import profile_gaps
from tests.portal.visiting import PARTNERS, Browser, invited, signed_in, user_of

TAX = {
    "legal_name": "Nordlicht Media GmbH", "legal_address": "Torstr. 1\r\n10119 Berlin", "country": "DE",
    "vat_status": "registered", "vat_id": "DE136695976", "tax_number": "",
}  # fmt: skip
BANK = {
    "method": "bank", "holder": "Nordlicht Media GmbH", "account": "DE89 3704 0044 0532 0130 00", "bic": "",
    "stripe_account": "",
}  # fmt: skip


def counted() -> tuple[int, int]:
    with public_entered():
        return TaxVersion.objects.count(), PayoutVersion.objects.count()


def test_the_page_says_what_is_missing_and_the_forms_fill_it(ann: Browser, nord: Any, aurora: Any) -> None:
    page = ann.get("/profile/", headers=PARTNERS).text
    assert "your address, how you stand to VAT, where your money goes" in page
    assert ann.post("/profile/tax/", TAX, headers=PARTNERS).status_code == 302
    assert ann.post("/profile/payout/", BANK, headers=PARTNERS).status_code == 302
    page = ann.get("/profile/", headers=PARTNERS).text
    for shown in ("Nordlicht Media GmbH", "DE136695976", "Germany", "•••• 3000", "I agree, for Aurora"):
        assert shown in page
    assert "DE8937040044" not in page
    assert "Before you can be paid" not in page


def test_agreeing_needs_the_words_that_were_shown(ann: Browser, nord: Any, aurora: Any, hanok: Any) -> None:
    ann.post("/profile/tax/", TAX, headers=PARTNERS)
    ann.post("/profile/payout/", BANK, headers=PARTNERS)
    address = f"/profile/self-billing/{aurora.public_id}/"
    refused = ann.post(address, {"shown": "0" * 64}, headers=PARTNERS, follow=True)
    assert "has changed since you opened this page" in refused.text
    shown = ann.get("/profile/", headers=PARTNERS).text.split('name="shown" value="')[1][:64]
    agreed = ann.post(address, {"shown": shown}, headers=PARTNERS, follow=True)
    assert "Agreed. Aurora may now write your invoices." in agreed.text
    with brand_entered(aurora):
        assert profile_gaps(nord.partner_ref) == []
    assert ann.post(f"/profile/self-billing/{hanok.public_id}/", {"shown": shown}, headers=PARTNERS).status_code == 404
    with public_entered():
        assert SelfBilling.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("tax", TAX | {"vat_id": "DE136695977"}, "This number does not fit the country and status above"),
        ("tax", TAX | {"country": "QQ"}, "Select a valid choice"),
        ("payout", BANK | {"account": "DE89370400440532013001"}, "This is no valid account number"),
        ("payout", BANK | {"account": "1102345678"}, "with an account number that is no IBAN it is needed"),
        ("payout", BANK | {"method": "stripe", "stripe_account": "x"}, "This is no connected account"),
    ],
)
def test_a_mistake_stands_at_its_field_and_nothing_is_saved(
    ann: Browser, path: str, form: dict[str, str], sentence: str
) -> None:
    answer = ann.post(f"/profile/{path}/", form, headers=PARTNERS)
    assert (answer.status_code, sentence in answer.text, counted()) == (422, True, (0, 0))
    assert 'aria-invalid="true"' in answer.text


def test_after_five_minutes_the_password_is_asked_again(ann: Browser) -> None:
    with time_machine.travel(utc_now() + timedelta(minutes=5, seconds=2)):
        for answer in (
            ann.get("/profile/payout/", headers=PARTNERS), ann.post("/profile/payout/", BANK, headers=PARTNERS),
            ann.post("/profile/tax/", TAX, headers=PARTNERS),
        ):  # fmt: skip
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Fprofile%2F")
        assert counted() == (0, 0)
        assert "0130" not in str(dict(ann.session))
        proof = {"password": "correct horse battery", "next": "/profile/payout/"}
        assert ann.post("/accounts/reauthenticate/", proof, headers=PARTNERS)["Location"] == "/profile/payout/"
        assert ann.post("/profile/payout/", BANK, headers=PARTNERS)["Location"] == "/profile/"
    assert counted() == (0, 1)


def test_a_change_of_the_account_is_said_to_stop_payouts(ann: Browser) -> None:
    ann.post("/profile/payout/", BANK, headers=PARTNERS)
    assert "nothing is paid out before" not in ann.get("/profile/", headers=PARTNERS).text
    ann.post("/profile/payout/", BANK | {"account": "FR1420041010050500013M02606"}, headers=PARTNERS)
    page = ann.get("/profile/", headers=PARTNERS).text
    assert "nothing is paid out before" in page
    assert "•••• 2606" in page


def test_only_who_acts_for_a_partner_sees_its_details(client: Browser, ann: Browser, aurora: Any) -> None:
    assert Browser().get("/profile/", headers=PARTNERS)["Location"].startswith("/accounts/login/")
    with public_entered():
        stranger = Partner.objects.get(public_id=invited(aurora, "Solo").public_id)
        user_of(stranger, "sol@solo.example")
    other = Browser()
    signed_in(other, "sol@solo.example")
    ann.post("/profile/tax/", TAX, headers=PARTNERS)
    assert "DE136695976" not in other.get("/profile/", headers=PARTNERS).text


@pytest.mark.parametrize(
    ("language", "heading", "wrong"),
    [("ko", "내 정보", "올바른 계좌 번호가 아닙니다"), ("es", "Sus datos", "no es un número de cuenta válido")],
)
def test_the_pages_speak_the_readers_language(ann: Browser, language: str, heading: str, wrong: str) -> None:
    headers = PARTNERS | {"accept-language": language}
    assert heading in ann.get("/profile/", headers=headers).text
    assert wrong in ann.post("/profile/payout/", BANK | {"account": "DE00"}, headers=headers).text
