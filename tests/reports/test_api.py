"""The reports' doors: what is owed, files for those who may take them, and each mistake at its field."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.reports.actions import request_export
from tests.api.conftest import ask, key_of
from tests.settlements.books import ANNA, MAY, earned, enrolled

__all__ = ["key_of"]
Keys = Callable[..., str]
Drain = Callable[[], int]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_what_is_owed_is_told_by_partner(aurora: Brand, key_of: Keys) -> None:
    with brand_entered(aurora):
        deal = enrolled(aurora)
        earned(deal, 1_700, MAY)
        earned(deal, 300, MAY, state="pending")
    told = ask(aurora, "/reports/owed?by=partner&currency=EUR", key_of(aurora, Role.OPERATIONS)).json()
    assert told["totals"] == [
        {"currency": "EUR", "state": "pending", "amount_minor": 300, "lines": 1},
        {"currency": "EUR", "state": "payable", "amount_minor": 1_700, "lines": 1},
    ]
    assert [(part["key"], part["label"], part["amount_minor"]) for part in told["parts"]] == [
        (deal.partner_ref, "Nordlicht Media", 1_700),
        (deal.partner_ref, "Nordlicht Media", 300),
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [("state=paid", "state"), ("since=tomorrow", "since"), ("by=moon", "by"), ("partnr=par_1", "partnr"),
     ("since=2026-05-02&until=2026-05-01", "until"), ("currency=EUROS", "currency")],
)  # fmt: skip
def test_a_wrong_question_is_named(aurora: Brand, key_of: Keys, query: str, field: str) -> None:
    refused = ask(aurora, f"/reports/owed?{query}", key_of(aurora))
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["details"]["errors"]] == [field]


def test_figures_have_four_and_one_decimals(aurora: Brand, key_of: Keys) -> None:
    with brand_entered(aurora):
        earned(enrolled(aurora), 1_700, MAY)
    told = ask(aurora, "/reports/fairness", key_of(aurora, Role.FINANCE)).json()
    [row] = told["reversals"]
    assert (row["rate"], row["earned_minor"]) == ("0.0000", 1_700)
    assert told["days_to_payable"] == {"median_days": "0.0", "lines": 1}
    assert told["zero_pay"] == []


def test_a_file_is_asked_for_followed_and_taken(aurora: Brand, key_of: Keys, drain: Drain) -> None:
    with brand_entered(aurora):
        line = earned(enrolled(aurora), 1_700, MAY)
    finance = key_of(aurora, Role.FINANCE)
    body = {"kind": "commissions", "format": "csv", "filters": {"state": "payable"}}
    export = ask(aurora, "/exports", finance, "post", data=body, content_type="application/json").json()
    assert (export["state"], export["rows_total"], export["percent"]) == ("queued", 1, 0)
    early = ask(aurora, f"/exports/{export['id']}/file", finance)
    assert (early.status_code, early.json()["code"]) == (409, "file_not_ready")
    with brand_entered(aurora):
        drain()
    done = ask(aurora, f"/exports/{export['id']}", finance).json()
    assert (done["state"], done["percent"], done["rows_done"]) == ("done", 100, 1)
    file = ask(aurora, f"/exports/{export['id']}/file", finance)
    assert line.public_id in b"".join(file.streaming_content).decode()
    assert done["file_name"] in file["Content-Disposition"]


def test_operations_may_look_and_not_take(aurora: Brand, key_of: Keys) -> None:
    operations = key_of(aurora, Role.OPERATIONS)
    assert ask(aurora, "/reports/owed", operations).status_code == 200
    for method, path in (("get", "/exports"), ("post", "/exports")):
        refused = ask(aurora, path, operations, method, data={"kind": "orders"}, content_type="application/json")
        assert refused.status_code == 403


def test_the_list_asks_as_often_for_three_as_for_one(aurora: Brand, key_of: Keys) -> None:
    secret, asked = key_of(aurora), []
    ask(aurora, "/exports", secret)
    for count in (1, 2):
        with brand_entered(aurora):
            for _ in range(count):
                at = datetime(2026, 5, 1, tzinfo=UTC)
                request_export(kind="orders", format="csv", filters={}, actor=ANNA, at=at)
        with CaptureQueriesContext(connection) as queries:
            answer = ask(aurora, "/exports", secret)
        assert answer.json()["count"] == (1 if count == 1 else 3)
        asked.append(len(queries))
    assert asked[0] == asked[1]
