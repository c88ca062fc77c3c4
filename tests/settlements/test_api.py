"""A month closed, approved, printed and paid through the API, by two people."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kernel.actor import system
from shared_apps.accounts.actions import add_operator, create_api_key
from shared_apps.accounts.states import Role
from shared_apps.brands.actions import advance_clock
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from tests.settlements.books import JUNE, MAY, clawed_back, earned, enrolled

TESTS, NUMBERS = system("tests"), count(1)


class Asking:
    """One person's key at a brand: ask the API, get status and JSON."""

    def __init__(self, brand: Any, *roles: Role) -> None:
        with brand_entered(brand):
            email = f"{next(NUMBERS)}@example.com"
            owner = add_operator(email=email, password="pass", name="Op", roles=list(roles), actor=TESTS)
            secret = create_api_key(name="tests", roles=list(roles), actor=TESTS, at=now(), owner=owner)[1]
        self.client = Client(headers={"Host": f"{brand.name.lower()}.localhost", "Authorization": f"Bearer {secret}"})

    def get(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(f"/api/v1{path}")
        return answer.status_code, answer.json()

    def post(self, path: str, **body: str) -> tuple[int, Any]:
        answer = self.client.post(f"/api/v1{path}", body or "", content_type="application/json")
        return answer.status_code, answer.json()


@pytest.fixture
def after_may(aurora: Any, settings: Any, tmp_path: Path) -> Any:
    """Aurora with one partner's May, at a time when May has ended."""
    settings.MEDIA_ROOT = tmp_path
    with brand_entered(aurora):
        original = earned(enrolled(aurora), 1700, MAY)
        clawed_back(original, 200, MAY)
    advance_clock(brand=aurora, to=JUNE + timedelta(days=400), actor=TESTS)
    return aurora


def test_a_month_is_closed_approved_printed_and_paid(after_may: Any, drain: Callable[[], int]) -> None:
    first, second = Asking(after_may, Role.FINANCE), Asking(after_may, Role.FINANCE)
    assert first.get("/periods/open")[1][0]["label"] == "2026-05"
    status, period = first.post("/periods/2026-05/close")
    assert (status, period["state"]) == (200, "closed")
    (settlement,) = first.get("/settlements?period=2026-05")[1]["items"]
    assert (settlement["net_minor"], settlement["payout_minor"], settlement["state"]) == (1500, 1500, "draft")
    path = f"/settlements/{settlement['id']}"
    status, refused = first.post(f"{path}/approve")
    assert (status, refused["code"]) == (409, "second_person_needed")
    assert first.post("/periods/2026-05/approve")[0] == 409
    assert second.post(f"{path}/approve")[1]["state"] == "approved"
    with brand_entered(after_may):
        drain()
    settlement = first.get(path)[1]
    assert (settlement["state"], settlement["unpaid_because"]) == ("issued", "")
    status, payout = second.post(f"{path}/payout")
    assert (status, payout["amount_minor"], payout["state"]) == (200, 1500, "in_transit")
    assert second.post(f"{path}/payout")[1]["code"] == "payout_under_way"
    paid = second.post(f"/payouts/{payout['id']}/confirm", reference="SEPA 9")[1]
    assert (paid["state"], paid["reference"]) == ("paid", "SEPA 9")
    assert first.get(path)[1]["state"] == "paid"
    assert [line["amount_minor"] for line in first.get(f"{path}/lines")[1]["items"]] == [1700, -200]


def test_a_statement_is_downloaded_as_it_was_issued(after_may: Any, drain: Callable[[], int]) -> None:
    finance, other = Asking(after_may, Role.FINANCE), Asking(after_may, Role.ADMIN)
    finance.post("/periods/2026-05/close")
    assert other.post("/periods/2026-05/approve") == (200, {"approved": 1})
    with brand_entered(after_may):
        drain()
    (listed,) = finance.get("/statements")[1]["items"]
    path = f"/api/v1/statements/{listed['id']}"
    detail = finance.client.get(path).json()
    canonical = json.dumps(detail["snapshot"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == detail["sha256"]
    pdf = finance.client.get(f"{path}/pdf")
    assert (pdf["Content-Type"], pdf["Content-Disposition"]) == (
        "application/pdf", 'attachment; filename="ST-2027-000001.pdf"',
    )  # fmt: skip
    assert b"".join(pdf).startswith(b"%PDF-1.7")
    rows = list(csv.DictReader(io.StringIO(finance.client.get(f"{path}/csv").getvalue().decode())))
    assert [row["amount"] for row in rows if row["line_ref"]] == ["17.00", "-2.00"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/periods/2099-01/close", 409, "period_not_ended"),
        ("/periods/2026-13/close", 404, "not_found"),
        ("/periods/2026-05/approve", 404, "not_found"),
        ("/settlements/stl_01kagq5r0xe000000000000000/approve", 404, "not_found"),
        ("/settlements/stl_01kagq5r0xe000000000000000/payout", 404, "not_found"),
        ("/payouts/pay_01kagq5r0xe000000000000000/confirm", 404, "not_found"),
    ],
)
def test_what_cannot_be_is_refused(after_may: Any, path: str, status: int, code: str) -> None:
    finance = Asking(after_may, Role.FINANCE)
    answer = finance.post(path, reference="x")
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert finance.get("/settlements")[1]["count"] == 0


def test_operations_look_and_do_not_touch(after_may: Any) -> None:
    operations = Asking(after_may, Role.OPERATIONS)
    assert operations.get("/settlements")[0] == 200
    assert operations.post("/periods/2026-05/close")[0] == 403
    assert operations.get("/periods")[1]["count"] == 0


def test_another_brands_settlement_is_not_there(after_may: Any, hanok: Any) -> None:
    Asking(after_may, Role.FINANCE).post("/periods/2026-05/close")
    ref = Asking(after_may, Role.FINANCE).get("/settlements")[1]["items"][0]["id"]
    foreign = Asking(hanok, Role.ADMIN)
    assert foreign.get("/settlements")[1]["count"] == 0
    for verb, path in (
        (foreign.get, ""),
        (foreign.get, "/lines"),
        (foreign.post, "/approve"),
        (foreign.post, "/payout"),
    ):
        assert verb(f"/settlements/{ref}{path}")[0] == 404


@pytest.mark.parametrize("path", ["/settlements", "/statements", "/payouts", "/periods"])
def test_three_rows_ask_as_often_as_one(after_may: Any, drain: Callable[[], int], path: str) -> None:
    from tenant_apps.settlements.actions import request_payout
    from tenant_apps.settlements.models import Settlement
    from tests.settlements.books import BEN

    finance, second, asked = Asking(after_may, Role.FINANCE), Asking(after_may, Role.FINANCE), []
    for label, at in (("2026-05", MAY), ("2026-06", JUNE), ("2026-07", JUNE + timedelta(days=30))):
        with brand_entered(after_may):
            earned(enrolled(after_may, f"Partner {label}"), 100, at)
        finance.post(f"/periods/{label}/close")
        second.post(f"/periods/{label}/approve")
        with brand_entered(after_may):
            drain()
            for settlement in Settlement.objects.filter(state="issued", payout=None):
                request_payout(settlement=settlement, actor=BEN, at=now())
        finance.get(path)  # which brand answers at this host is known for some seconds only
        with CaptureQueriesContext(connection) as queries:
            status, found = finance.get(path)
        assert status == 200
        asked.append((len(queries), found["count"]))
    assert {count for count, _ in asked} == {asked[0][0]}
    assert asked[0][1] < asked[2][1]
