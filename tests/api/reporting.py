"""Examples of the reports' operations: what Aurora owes, and a file of it."""

from collections.abc import Callable

from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.draining import drain_schema
from tenant_apps.reports.actions import request_export
from tenant_apps.reports.models import Export
from tests.api.example import Example
from tests.settlements.books import ANNA, MAY, earned, enrolled


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


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /reports/owed": owed,
    "GET /reports/fairness": fairness,
    "GET /exports": lambda: Example("/exports", words=[exported().public_id]),
    "POST /exports": lambda: Example("/exports", body={"kind": "orders", "filters": {"since": "2026-05-01"}}),
    "GET /exports/{export}": one,
    "GET /exports/{export}/file": file,
}
