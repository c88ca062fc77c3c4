"""Signing in: each host in its own look, nobody by himself, one brand's account at no other."""

import re
from typing import Any

import pytest
from django.core import mail

from shared_apps.accounts.models import User
from shared_apps.brands.actions import provision_brand
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand, Theme
from tests.portal.visiting import PARTNERS, PASSWORD, Browser, at


@pytest.fixture
def browser(db: None, settings: Any) -> Browser:
    settings.ACCOUNT_RATE_LIMITS = False
    return Browser()


def operator(brand: Any, email: str = "op@aurora.example") -> User:
    with brand_entered(brand):
        return User.objects.create_user(email, PASSWORD, is_staff=True, name="Op")


def sign_in(browser: Browser, brand: Any, password: str = PASSWORD) -> Any:
    return browser.post("/accounts/login/", {"login": "op@aurora.example", "password": password}, headers=at(brand))


def test_each_host_signs_in_in_its_own_look(browser: Browser, aurora: Any) -> None:
    at_brand = browser.get("/accounts/login/", headers=at(aurora)).text
    assert "For the team of Aurora." in at_brand
    assert f"/theme/{aurora.public_id}.css" in at_brand
    at_partners = browser.get("/accounts/login/", headers=PARTNERS).text
    assert "one sign-in for every brand" in at_partners
    assert "/theme/" not in at_partners


@pytest.mark.parametrize(("language", "words"), [("ko", "Aurora 직원용입니다."), ("es", "Para el equipo de Aurora.")])
def test_it_speaks_the_visitors_language(browser: Browser, aurora: Any, language: str, words: str) -> None:
    page = browser.get("/accounts/login/", headers=at(aurora) | {"accept-language": language})
    assert words in page.text


def test_an_operator_lands_in_the_console_and_at_no_other_brand(browser: Browser, aurora: Any, hanok: Any) -> None:
    operator(aurora)
    answer = sign_in(browser, aurora)
    assert (answer.status_code, answer["Location"]) == (302, "/console/")
    browser.jars["hanok.localhost"] = browser.jars["aurora.localhost"]
    assert browser.get("/accounts/password/change/", headers=at(hanok)).status_code == 302
    assert sign_in(Browser(), hanok).status_code == 200


def test_a_wrong_password_and_an_unknown_address_read_the_same(browser: Browser, aurora: Any) -> None:
    first = sign_in(browser, aurora, "wrong")
    operator(aurora)
    second = sign_in(browser, aurora, "wrong")
    without_token = [re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.text) for answer in (first, second)]
    assert first.status_code == second.status_code == 200
    assert without_token[0] == without_token[1]
    assert 'data-tone="bad"' in second.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up_alone(browser: Browser, aurora: Any, method: str) -> None:
    form = {"email": "new@example.com", "password1": PASSWORD}
    for headers in (at(aurora), PARTNERS):
        assert "By invitation only" in getattr(browser, method)("/accounts/signup/", form, headers=headers).text
    with public_entered():
        assert User.objects.count() == 0


def test_a_new_password_is_set_by_a_link_to_the_same_host(browser: Browser, aurora: Any) -> None:
    operator(aurora)
    done = browser.post("/accounts/password/reset/", {"email": "op@aurora.example"}, headers=at(aurora), follow=True)
    assert "Look into your mail" in done.text
    (letter,) = mail.outbox
    assert letter.body.rstrip().endswith("aurora.localhost")
    path = re.search(r"http://aurora\.localhost(\S+)", letter.body)
    assert path
    form_page = browser.get(path[1], headers=at(aurora))
    new = {"password1": "another horse battery", "password2": "another horse battery"}
    set_page = browser.post(form_page["Location"], new, headers=at(aurora), follow=True)
    assert "Your new password is set" in set_page.text
    assert sign_in(browser, aurora).status_code == 200
    assert sign_in(browser, aurora, "another horse battery").status_code == 302


def test_the_pages_of_two_step_sign_in_are_in_our_frame(browser: Browser, aurora: Any) -> None:
    operator(aurora)
    sign_in(browser, aurora)
    for path in ("2fa/", "2fa/totp/activate/", "password/change/", "logout/"):
        page = browser.get(f"/accounts/{path}", headers=at(aurora), follow=True)  # some ask for the password again
        assert page.status_code == 200
        assert 'class="card"' in page.text
        assert "<script>" not in page.text


def test_a_long_name_is_cut_for_the_logo(own_database: str) -> None:
    from kernel.actor import system
    from kernel.clock import utc_now

    brand = provision_brand(
        name="A" * 80, domain="long.localhost", currency="EUR", timezone="UTC", actor=system("tests"), at=utc_now()
    )
    assert (Brand.objects.get(pk=brand.pk).name, Theme.objects.get(brand=brand).logo_text) == ("A" * 80, "A" * 40)
