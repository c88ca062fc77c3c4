"""An API key: shown once, kept as a hash, good at one brand until it is revoked."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from kernel.actor import Actor, system
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from shared_apps.accounts.actions import add_operator, create_api_key, key_used, revoke_api_key
from shared_apps.accounts.keys import FORM, digest_of, id_of, new_key
from shared_apps.accounts.models import ApiKey, User
from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.settlements.actions import close_period
from tests.api.conftest import ask
from tests.settlements.books import JUNE, MAY, earned, enrolled

AT = utc_now()
DEED: dict[str, Any] = {"actor": system("tests"), "at": AT}


def an_owner() -> User:
    return add_operator(email="ann@example.com", password="p", name="Ann", roles=[Role.FINANCE], actor=DEED["actor"])


def test_a_key_has_more_than_160_random_bits_and_a_check() -> None:
    keys = {new_key()[1] for _ in range(200)}
    assert len(keys) == 200
    for key in keys:
        found = FORM.fullmatch(key)
        assert found is not None
        assert len(found[2]) * 5 == 200
        assert id_of(key) == found[1]
        assert id_of(key[:-1] + ("0" if key[-1] != "0" else "1")) is None


@pytest.mark.parametrize(
    "text", ["", "sk_", "sk_a_b", "Bearer x", "sk_" + "a" * 16 + "_" + "a" * 40 + "00000000", "\0"]
)
def test_what_is_no_key_is_told_from_one_without_the_database(text: str) -> None:
    assert id_of(text) is None


def test_only_a_hash_is_kept_and_it_is_peppered(in_aurora: Brand, settings: Any) -> None:
    key, secret = create_api_key(name="Export", roles=[Role.FINANCE], owner=an_owner(), **DEED)
    assert secret not in json.dumps(list(ApiKey.objects.values()), default=str)
    assert key.digest == digest_of(secret)
    assert AuditEvent.objects.get(verb="api_key.created").after == {
        "name": "Export", "roles": ["finance"], "owner": key.owner.public_id,
    }  # fmt: skip
    settings.SECRET_KEY = "another secret"
    assert key_used(secret=secret, at=AT) is None


def test_a_key_is_good_at_its_own_brand_until_it_is_revoked(aurora: Brand, hanok: Brand) -> None:
    with brand_entered(aurora):
        key, secret = create_api_key(name="Export", roles=[Role.FINANCE], owner=an_owner(), **DEED)
        assert key_used(secret=secret, at=AT) == key
    with brand_entered(hanok):
        assert key_used(secret=secret, at=AT) is None
    with brand_entered(aurora):
        revoked = revoke_api_key(key=key, **DEED)
        again = revoke_api_key(key=key, actor=DEED["actor"], at=AT + timedelta(days=1))
        assert (revoked.revoked_at, again.revoked_at) == (AT, AT)
        assert key_used(secret=secret, at=AT) is None
        assert AuditEvent.objects.filter(verb="api_key.revoked").count() == 1


def test_use_is_noted_at_most_once_an_hour(in_aurora: Brand, django_assert_num_queries: Any) -> None:
    key, secret = create_api_key(name="Export", roles=[Role.FINANCE], owner=an_owner(), **DEED)
    noted = []
    for minutes in (0, 30, 61):
        key_used(secret=secret, at=AT + timedelta(minutes=minutes))
        key.refresh_from_db()
        noted.append(key.last_used_at)
    assert noted == [AT, AT, AT + timedelta(minutes=61)]


def test_a_key_without_name_or_roles_or_owner_is_refused(in_aurora: Brand) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_api_key(name=" ", roles=[], **DEED)
    assert [error["field"] for error in refused.value.errors] == ["name", "roles", "owner"]
    assert ApiKey.objects.count() == 0


def test_who_makes_a_key_by_a_key_or_in_person_owns_it(in_aurora: Brand) -> None:
    maker = an_owner()
    for actor in (Actor("operator", maker.public_id, "Ann"), Actor("operator", "key_1", "Hers", owner=maker.public_id)):
        assert create_api_key(name="Export", roles=[Role.FINANCE], actor=actor, at=AT)[0].owner == maker


def command(*args: str) -> Any:
    out = StringIO()
    call_command("apikey", *args, "--brand", "aurora.localhost", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_line_makes_lists_and_revokes_keys(aurora: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    with brand_entered(aurora):
        an_owner()
    made = command("create", "Export", "--role", "finance", "--owner", "Ann@example.com")
    with brand_entered(aurora):
        assert key_used(secret=made["secret"], at=AT) is not None
    listed = command("list")["keys"]
    assert [key["id"] for key in listed] == [made["id"]]
    assert made["secret"] not in json.dumps(listed)
    assert command("revoke", made["id"])["revoked"] is not None
    with pytest.raises(SystemExit) as stopped:
        call_command("apikey", "revoke", "key_unknown", "--brand", "aurora.localhost", "--json", stderr=StringIO())
    assert stopped.value.code == 2


def test_keys_pass_doors_with_their_own_roles(aurora: Brand, key_of: Callable[..., str]) -> None:
    from tests.api.conftest import ask

    assert ask(aurora, "/leads", key_of(aurora, Role.FINANCE)).status_code == 200


def test_a_key_counts_as_its_owner_where_two_persons_are_needed(aurora: Brand) -> None:
    with brand_entered(aurora):
        earned(enrolled(aurora), 1000, MAY)
        ann, ben = (
            add_operator(
                email=f"{name}@example.com", password="p", name=name, roles=[Role.FINANCE], actor=DEED["actor"]
            )
            for name in ("ann", "ben")
        )
        in_person = Actor("operator", ann.public_id, "ann", frozenset({"finance"}))
        settlement = close_period(label="2026-05", actor=in_person, at=JUNE).settlements.get()
        mine, other = (
            create_api_key(name=name, roles=[Role.FINANCE], owner=owner, **DEED)[1]
            for name, owner in (("mine", ann), ("other", ben))
        )
    path = f"/settlements/{settlement.public_id}/approve"
    answer = ask(aurora, path, mine, "post")
    assert (answer.status_code, answer.json()["code"]) == (409, "second_person_needed")
    assert ask(aurora, path, other, "post").status_code == 200
    with brand_entered(aurora):
        settlement.refresh_from_db()
        assert (settlement.drafted_by, settlement.approved_by) == (ann.public_id, ben.public_id)
        ben.is_active = False
        ben.save()
    assert ask(aurora, "/settlements", other).status_code == 401
