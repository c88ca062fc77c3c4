"""Each operation of the document, asked by the other brand in every way: nothing opens, nothing leaks.

An operation that is added without an example here fails: nobody can forget to try its door.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from config.api import brand_api
from kernel.clock import utc_now
from shared_apps.accounts.models import User
from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.models import Partner, PartnerBrand, PartnerUser

from .conftest import host_of
from .example import Example
from .examples import EXAMPLES, SECRET_WORD

DECLARED = {
    f"{method.upper()} /{path.lstrip('/')}": declared
    for path, item in brand_api.get_openapi_schema(path_prefix="")["paths"].items()
    for method, declared in item.items()
}


def test_every_operation_has_an_example() -> None:
    assert sorted(DECLARED) == sorted(EXAMPLES)


def send(operation: str, example: Example, brand: Brand, browser: Client | None = None, secret: str = "") -> Any:
    headers = {"Host": host_of(brand)} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    call = getattr(browser or Client(), operation.split(" ", maxsplit=1)[0].lower())
    more: dict[str, Any] = {} if example.body is None else {"data": example.body}
    if more and not example.form:
        more["content_type"] = "application/json"
    return call(f"/api/v1{example.path}", headers=headers | example.headers, **more)


def is_silent(answer: Any, example: Example) -> bool:
    """Whether the answer names nothing of Aurora's (the word of the path itself is the asker's own)."""
    text = answer.content.decode()
    return SECRET_WORD not in text and not any(word in text for word in example.words)


OF_PARTNERS = [operation for operation in DECLARED if " /partner/" in operation]


@pytest.mark.parametrize("operation", OF_PARTNERS)
def test_a_partners_door_opens_to_this_partner_alone(
    aurora: Brand, hanok: Brand, key_of: Callable[..., str], operator_of: Callable[..., Client], operation: str,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    with brand_entered(aurora):
        example = EXAMPLES[operation]()
    own, other = entered(aurora, example.partner), entered(aurora, "par_other")
    elsewhere = Client()
    elsewhere.cookies[settings.SESSION_COOKIE_NAME] = own.cookies[settings.SESSION_COOKIE_NAME].value
    refused = [
        send(operation, example, aurora),
        send(operation, example, aurora, secret=key_of(aurora)),
        send(operation, example, aurora, operator_of(aurora, Role.ADMIN)),
        send(operation, example, hanok, elsewhere),
    ]
    assert [answer.status_code for answer in refused] == [401] * 4
    theirs = send(operation, example, aurora, other)
    at_home = send(operation, example, hanok, entered(hanok, example.partner))
    assert [theirs.status_code, at_home.status_code] == [404 if example.has_id else example.foreign] * 2
    assert all(is_silent(answer, example) for answer in [*refused, theirs, at_home])
    assert_unreadable_is_refused(operation, example, lambda asked: send(operation, asked, aurora, own))
    assert send(operation, example, aurora, own).status_code == 200
    assert send(operation, example, aurora, own).status_code == (409 if example.once else 200)


def assert_unreadable_is_refused(operation: str, example: Example, ask: Callable[[Example], Any]) -> None:
    """Spoil one text at a time by a NUL, which PostgreSQL keeps in no text: named, never our fault, nothing kept."""
    declared = DECLARED[operation]
    asked = [each["name"] for each in declared.get("parameters", []) if each["in"] == "query"]
    for body in spoiled(example.body) if "requestBody" in declared else ():
        answer = ask(replace(example, body=body))
        assert answer.status_code in (404, 422), (body, answer.content)
    address = example.path + ("&" if "?" in example.path else "?")
    for name in asked:
        answer = ask(replace(example, path=f"{address}{name}=%00"))
        assert answer.status_code in (404, 422), (name, answer.content)


def spoiled(value: Any) -> Iterator[Any]:
    """Yield a document as often as it holds a text, each time with another one spoiled."""
    if isinstance(value, str):
        yield f"{value}\0"
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from (value | {name: worse} for worse in spoiled(inner))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], worse, *value[place + 1 :]] for worse in spoiled(inner))


def entered(brand: Brand, partner: str) -> Client:
    """A browser with the session of a partner who entered a brand's portal."""
    browser = Client(headers={"Host": host_of(brand)})
    user = user_who_acts(brand, partner)
    with brand_entered(brand):
        session = browser.session
        until = (utc_now() + timedelta(hours=1)).isoformat()
        session["partner"] = {"ref": partner, "name": "Nordic", "user": user, "until": until}
        session.save()
        browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return browser


def user_who_acts(brand: Brand, ref: str) -> str:
    """The id of a user who acts for a partner of the brand; a partner that is unknown becomes one."""
    email = f"{ref}@partners.example"
    with public_entered():
        partner, _ = Partner.objects.get_or_create(
            public_id=ref, defaults={"name": ref, "email": email, "created_at": utc_now()}
        )
        PartnerBrand.objects.get_or_create(partner=partner, brand=brand, defaults={"since": utc_now()})
        user, _ = User.objects.get_or_create(email=email)
        PartnerUser.objects.get_or_create(partner=partner, user=user)
        return str(user.public_id)


@pytest.mark.parametrize("operation", [operation for operation in DECLARED if operation not in OF_PARTNERS])
def test_the_other_brand_gets_nothing(
    aurora: Brand, hanok: Brand, key_of: Callable[..., str], operator_of: Callable[..., Client], operation: str,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    with brand_entered(aurora):
        example = EXAMPLES[operation]()
    ours, theirs = key_of(aurora), key_of(hanok)
    our_browser = operator_of(aurora, Role.ADMIN)
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = our_browser.cookies[settings.SESSION_COOKIE_NAME].value

    refused = [
        send(operation, example, hanok, secret=ours),
        send(operation, example, hanok, stolen),
        send(operation, example, hanok),
        send(operation, example, aurora, secret=theirs),
        send(operation, example, aurora),
    ]
    assert [answer.status_code for answer in refused] == [401] * 5
    assert len({answer.content for answer in refused}) == 1

    at_home = send(operation, example, hanok, secret=theirs)
    assert at_home.status_code == (404 if example.has_id else example.foreign)
    assert all(is_silent(answer, example) for answer in [*refused, at_home])

    assert_unreadable_is_refused(operation, example, lambda asked: send(operation, asked, aurora, secret=ours))
    # The example was a good one, and the refusals moved nothing: our own key still gets its answer.
    assert send(operation, example, aurora, secret=ours).status_code == 200
    assert send(operation, example, aurora, our_browser).status_code == (409 if example.once else 200)
