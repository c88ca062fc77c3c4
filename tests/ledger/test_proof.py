"""`manage.py ledger`: the trial balance of a brand, and what tampering with the books looks like."""

import io
import json
from datetime import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.ledger.actions import post
from tenant_apps.ledger.queries import flaws
from tests.conftest import brand_named
from tests.ledger.test_posting import SALE, captured


def told(*arguments: str) -> tuple[int, Any]:
    out, code = io.StringIO(), 0
    try:
        call_command("ledger", *arguments, "--json", stdout=out, stderr=out)
    except SystemExit as left:
        code = int(left.code or 0)
    return code, json.loads(out.getvalue())


def test_the_trial_balance_sums_to_zero(aurora: Brand) -> None:
    with brand_entered(aurora):
        captured()
    code, answer = told("trial-balance", "--brand", "Aurora")
    assert code == 0
    assert answer["brands"][0]["difference_minor"] == {"EUR": 0}
    assert {row["code"]: row["balance_minor"] for row in answer["brands"][0]["accounts"]} == {
        "processor": 119_00, "sales": 100_00, "tax": 19_00,
    }  # fmt: skip


def test_each_brand_has_its_own_books(aurora: Brand, hanok: Brand) -> None:
    with brand_entered(aurora):
        captured()
    _, answer = told("trial-balance", "--all")
    assert [(brand["brand"], len(brand["accounts"])) for brand in answer["brands"]] == [("Aurora", 3), ("Hanok", 0)]
    code, answer = told("verify", "--all")
    assert (code, [each["flaws"] for each in answer["brands"]]) == (0, [[], [], []])


def test_a_trial_balance_of_a_day_ends_with_it_at_the_brand(aurora: Brand) -> None:
    with brand_entered(aurora):
        for number, at in enumerate(("2026-05-31T21:59:59Z", "2026-05-31T22:00:00Z")):  # midnight in Berlin
            effective = datetime.fromisoformat(at)
            post(
                cause=f"charge:{number}:captured", description="Charge", transfers=SALE, effective_at=effective,
                at=effective,
            )  # fmt: skip
    _, before = told("trial-balance", "--brand", "Aurora", "--on", "2026-05-30")
    assert (before["brands"][0]["accounts"], before["brands"][0]["difference_minor"]) == ([], {})
    for day, balance in (("2026-05-31", 119_00), ("2026-06-01", 238_00)):
        _, answer = told("trial-balance", "--brand", "Aurora", "--on", day)
        told_of = answer["brands"][0]
        assert (told_of["on"], told_of["difference_minor"]) == (day, {"EUR": 0})
        assert {row["code"]: row["balance_minor"] for row in told_of["accounts"]}["processor"] == balance


def test_an_unknown_brand_is_named(aurora: Brand) -> None:
    code, answer = told("verify", "--brand", "nobody")
    assert (code, answer["code"], answer["details"]) == (2, "not_found", {"field": "brand"})


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE ledger_transfer SET amount_minor = amount_minor * 10", "hash"),
        ("UPDATE ledger_entry SET effective_at = effective_at - interval '1 month'", "hash"),
        ("UPDATE ledger_entry SET description = 'Gift'", "hash"),
        ("DELETE FROM ledger_transfer", "empty_entry"),
        ("DELETE FROM ledger_transfer WHERE position = 1", "hash"),
        ("UPDATE ledger_transfer SET currency = 'USD'", "currency"),
    ],
)
def test_tampering_with_the_owners_rights_is_found(own_database: str, statement: str, check: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        captured()
        assert list(flaws()) == []
    owner = connections["owner"]
    owner.set_tenant(brand)
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute(statement)
    owner.set_schema_to_public()
    with brand_entered(brand):
        assert check in {flaw.check for flaw in flaws()}
    code, answer = told("verify", "--brand", "aurora.localhost")
    assert code == 1
    assert answer["brands"][0]["flaws"][0]["where"] == "charge:chg_1:captured"
