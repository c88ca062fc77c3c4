"""Examples of the reports' operations: what Aurora owes, and a file of it."""

from collections.abc import Callable
from typing import Any

from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.draining import drain_schema
from tenant_apps.reports.actions import Asked, request_export, request_simulation
from tenant_apps.reports.models import Export
from tests.api.example import Example
from tests.commissions.selling import AT, TEN_PERCENT, accrued_order, offer_at, partner, visit
from tests.settlements.books import ANNA, JUNE, MAY, earned, enrolled


def exported() -> Export:
    earned(enrolled(entered_brand(), "onlyaurora"), 1700, MAY)
    return request_export(kind="commissions", format="csv", filters={}, actor=ANNA, at=MAY)


def owed() -> Example:
    deal = enrolled(entered_brand(), "onlyaurora")
    earned(deal, 1700, MAY)
    return Example("/reports/owed?by=partner", words=[deal.partner_ref])


def fairness() -> Example:
    earned(enrolled(entered_brand(), "onlyaurora"), 0, MAY, reason="onlyaurora")
    return Example("/reports/fairness", words=["onlyaurora"])


def file() -> Example:
    export = exported()
    while drain_schema():
        pass
    return Example(f"/exports/{export.public_id}/file", has_id=True, words=[export.public_id])


def one() -> Example:
    ref = exported().public_id
    return Example(f"/exports/{ref}", has_id=True, words=[ref])


def simulation(way: str = "", **more: Any) -> Example:
    """A simulation of a deal whose partner is called by the word, its terms half of what was booked."""
    deal = partner("onlyaurora", TEN_PERCENT)
    visit("vis_1", deal)
    accrued_order(offer_at(100_00), "vis_1")
    half = [{"id": "half", "pay": {"kind": "percent", "rate": "0.05"}}]
    asked = Asked(
        since=AT.date().replace(day=1), until=AT.date(), enrollments=[deal.public_id],
        terms={"currency": "EUR", "rules": half},
    )  # fmt: skip
    known = request_simulation(asked=asked, actor=ANNA, at=JUNE)
    if way != "/cancel":
        while drain_schema():
            pass
    return Example(f"/simulations/{known.public_id}{way}", has_id=True, words=[known.public_id, "onlyaurora"], **more)


def simulations() -> Example:
    simulation()
    return Example("/simulations", words=["onlyaurora"])


def new_simulation() -> Example:
    deal = partner("onlyaurora", TEN_PERCENT)
    body = {"since": "2026-03-01", "until": "2026-03-31", "versions": [deal.contract_versions.get().public_id]}
    return Example("/simulations", body=body, has_id=True, words=["onlyaurora"])


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /reports/owed": owed,
    "GET /reports/fairness": fairness,
    "GET /simulations": simulations,
    "POST /simulations": new_simulation,
    "GET /simulations/{simulation}": simulation,
    "GET /simulations/{simulation}/partners": lambda: simulation("/partners"),
    "GET /simulations/{simulation}/lines": lambda: simulation("/lines"),
    "POST /simulations/{simulation}/cancel": lambda: simulation("/cancel", once=True),
    "POST /simulations/{simulation}/export": lambda: simulation("/export", body={"format": "json"}),
    "GET /exports": lambda: Example("/exports", words=[exported().public_id]),
    "POST /exports": lambda: Example("/exports", body={"kind": "orders", "filters": {"since": "2026-05-01"}}),
    "GET /exports/{export}": one,
    "GET /exports/{export}/file": file,
}
