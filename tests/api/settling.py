"""Examples of the settlements' operations: a month of Aurora's as far as each needs it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from kernel.periods import Cadence
from shared_apps.brands.entering import entered_brand
from tenant_apps.settlements import actions
from tenant_apps.settlements.models import CadenceChange, Payout, Settlement, Statement
from tests.api.example import Example
from tests.settlements.books import ANNA, BEN, JUNE, MAY, earned, enrolled


def drafted() -> Settlement:
    earned(enrolled(entered_brand(), "onlyaurora"), 1700, MAY)
    return actions.close_period(label="2026-05", actor=ANNA, at=JUNE).settlements.get()


def issued() -> Statement:
    return actions.issue_statement(settlement=actions.approve(settlement=drafted(), actor=BEN, at=JUNE), at=JUNE)


def sent() -> Payout:
    return actions.request_payout(settlement=issued().settlement, actor=BEN, at=JUNE)


def listed(path: str, make: Callable[[], Any]) -> Callable[[], Example]:
    return lambda: Example(path, words=[make().public_id])


def named(path: str, make: Callable[[], Any], **more: Any) -> Callable[[], Example]:
    def example() -> Example:
        ref = make().public_id
        return Example(path.format(ref), has_id=True, words=[ref], **more)

    return example


def closing() -> Example:
    earned(enrolled(entered_brand(), "onlyaurora"), 1700, MAY)
    return Example("/periods/2026-05/close")


def recadenced() -> CadenceChange:
    return actions.change_cadence(cadence=Cadence.WEEK, starts_on=date(2036, 9, 1), actor=ANNA, at=MAY)


def approving() -> Example:
    drafted()
    return Example("/periods/2026-05/approve", has_id=True)


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /periods": listed("/periods", lambda: drafted().period),
    "GET /periods/open": lambda: Example("/periods/open"),
    "GET /periods/cadence": listed("/periods/cadence", recadenced),
    "POST /periods/cadence": lambda: Example("/periods/cadence", body={"cadence": "week", "starts_on": "2036-09-01"}),
    "POST /periods/{label}/close": closing,
    "POST /periods/{label}/approve": approving,
    "GET /settlements": listed("/settlements", drafted),
    "GET /settlements/{settlement}": named("/settlements/{}", drafted),
    "GET /settlements/{settlement}/lines": named("/settlements/{}/lines", drafted),
    "POST /settlements/{settlement}/approve": named("/settlements/{}/approve", drafted, once=True),
    "POST /settlements/{settlement}/payout": named("/settlements/{}/payout", lambda: issued().settlement, once=True),
    "GET /statements": listed("/statements", issued),
    "GET /statements/{statement}": named("/statements/{}", issued),
    "GET /statements/{statement}/pdf": named("/statements/{}/pdf", issued),
    "GET /statements/{statement}/csv": named("/statements/{}/csv", issued),
    "GET /payouts": listed("/payouts", sent),
    "GET /payouts/{payout}": named("/payouts/{}", sent),
    "POST /payouts/{payout}/confirm": named("/payouts/{}/confirm", sent, body={"reference": "SEPA 1"}),
    "POST /payouts/{payout}/fail": named("/payouts/{}/fail", sent, body={"reason": "closed"}),
}
