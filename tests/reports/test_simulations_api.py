"""The simulations' doors: asked for, followed, read, stopped, handed out; each mistake at its field."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.programs.models import Enrollment
from tests.api.conftest import ask, key_of
from tests.commissions.selling import TEN_PERCENT, accrued_order, offer_at, partner, visit
from tests.reports.trying import simulated

__all__ = ["key_of"]
Keys = Callable[..., str]
Drain = Callable[[], int]
DAYS = {"since": "2026-03-01", "until": "2026-03-31"}
HALF = {"currency": "EUR", "rules": [{"id": "half", "pay": {"kind": "percent", "rate": "0.05"}}]}


def deals(count: int = 1) -> list[Enrollment]:
    found = []
    for number in range(count):
        found.append(partner(f"nord{number}", TEN_PERCENT))
        visit(f"v{number}", found[-1])
        accrued_order(offer_at(100_00, code=f"tour-{number}"), f"v{number}")
    return found


def post(brand: Brand, path: str, secret: str, body: dict[str, Any]) -> Any:
    return ask(brand, path, secret, "post", data=body, content_type="application/json")


def test_one_is_asked_for_read_and_handed_out(
    aurora: Brand, key_of: Keys, drain: Drain, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    with brand_entered(aurora):
        [deal] = deals()
    finance = key_of(aurora, Role.FINANCE)
    body = DAYS | {"terms": HALF, "enrollments": [deal.public_id]}
    asked = post(aurora, "/simulations", finance, body).json()
    assert (asked["state"], asked["rows_total"], asked["percent"]) == ("queued", 1, 0)
    with brand_entered(aurora):
        drain()
    told = ask(aurora, f"/simulations/{asked['id']}", finance).json()
    assert told["simulation"]["state"] == "done"
    figures = {"booked_minor": 10_00, "simulated_minor": 5_00, "difference_minor": -5_00}
    assert told["totals"] == [{"key": "EUR", "currency": "EUR", "lines": 1, "changed": 1} | figures]
    [row] = ask(aurora, f"/simulations/{asked['id']}/partners", finance).json()["items"]
    assert (row["partner"], row["partner_name"], row["difference_minor"]) == (deal.partner_ref, "nord0", -5_00)
    [line] = ask(aurora, f"/simulations/{asked['id']}/lines?partner={deal.partner_ref}", finance).json()["items"]
    assert (line["rule_booked"], line["rule_simulated"], line["difference_minor"]) == ("ten", "half", -5_00)
    assert {"code": "rate", "facts": {"rate": "0.05"}, "label": "Rate", "value": "0.05"} in line["steps"]
    stopped = post(aurora, f"/simulations/{asked['id']}/cancel", finance, {})
    assert (stopped.status_code, stopped.json()["code"]) == (409, "illegal_transition")
    export = post(aurora, f"/simulations/{asked['id']}/export", finance, {"format": "json"}).json()
    assert (export["kind"], export["filters"]) == ("simulation", {"simulation": asked["id"]})


@pytest.mark.parametrize(
    ("wish", "field"),
    [({"since": "March"}, "since"), ({"sinse": "2026-03-01"}, "sinse"), ({"terms": None}, "versions"),
     ({"until": "2126-03-31"}, "until")],
)  # fmt: skip
def test_a_wrong_wish_is_named(aurora: Brand, key_of: Keys, wish: dict[str, Any], field: str) -> None:
    with brand_entered(aurora):
        [deal] = deals()
    refused = post(
        aurora, "/simulations", key_of(aurora), DAYS | {"terms": HALF, "enrollments": [deal.public_id]} | wish
    )
    assert refused.status_code == 422
    assert field in [error["field"].split(".")[-1] for error in refused.json()["details"]["errors"]]


def test_operations_may_try_and_not_take(aurora: Brand, key_of: Keys) -> None:
    with brand_entered(aurora):
        [deal] = deals()
    operations = key_of(aurora, Role.OPERATIONS)
    asked = post(aurora, "/simulations", operations, DAYS | {"terms": HALF, "enrollments": [deal.public_id]})
    assert asked.status_code == 200
    assert ask(aurora, "/simulations", operations).json()["count"] == 1
    assert post(aurora, f"/simulations/{asked.json()['id']}/export", operations, {}).status_code == 403


def test_each_list_asks_as_often_for_three_as_for_one(aurora: Brand, key_of: Keys) -> None:
    secret = key_of(aurora)
    asked: dict[str, list[int]] = {}
    with brand_entered(aurora):
        many = deals(3)
    for count in (1, 3):
        with brand_entered(aurora):
            found = simulated(terms=HALF, enrollments=[deal.public_id for deal in many[:count]])
            if count == 3:
                simulated(terms=HALF, enrollments=[many[0].public_id])
        ref = found.public_id
        for path in ("/simulations", f"/simulations/{ref}/partners", f"/simulations/{ref}/lines"):
            ask(aurora, path, secret)
            with CaptureQueriesContext(connection) as queries:
                answer = ask(aurora, path, secret)
            assert answer.json()["count"] == count
            asked.setdefault(path.rsplit("/", 1)[-1], []).append(len(queries))
    assert all(first == second for first, second in asked.values())
