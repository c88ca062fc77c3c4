"""Examples of the settlements' operations: a month of Aurora's as far as each needs it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.periods import Cadence
from shared_apps.audit.actions import seal_record
from shared_apps.brands.entering import entered_brand
from shared_apps.partners.actions import set_terms
from shared_apps.partners.queries import partner_terms
from tenant_apps.settlements import actions
from tenant_apps.settlements.models import CadenceChange, Payout, PayoutBatch, Settlement, Statement
from tenant_apps.settlements.states import BatchMethod
from tests.api.example import Example
from tests.settlements.books import ANNA, BEN, JUNE, MAY, earned, enrolled
from tests.settlements.paying_out import payable, paying


def drafted() -> Settlement:
    earned(enrolled(entered_brand(), "onlyaurora"), 1700, MAY)
    return actions.close_period(label="2026-05", actor=ANNA, at=JUNE).settlements.get()


def issued() -> Statement:
    return actions.issue_statement(settlement=actions.approve(settlement=drafted(), actor=BEN, at=JUNE), at=JUNE)


def sealed() -> Statement:
    statement = issued()
    seal_record(at=JUNE)
    return statement


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


def batched(upto: str = "draft") -> PayoutBatch:
    payable(entered_brand(), 1700)
    paying()
    batch = actions.make_batch(method=BatchMethod.SEPA, currency="EUR", actor=ANNA, at=JUNE)
    if upto == "draft":
        return batch
    batch = actions.approve_batch(batch=batch, actor=BEN, at=JUNE)
    actions.write_file(batch=batch, actor=BEN, at=JUNE)
    return batch


def on_its_way() -> PayoutBatch:
    return actions.send_batch(batch=batched("written"), actor=BEN, at=JUNE)


def batching() -> Example:
    settlement = payable(entered_brand(), 1700)[0]
    paying()
    asked = {"method": "sepa", "currency": "EUR", "settlements": [settlement.public_id]}
    return Example("/batches", body=asked, has_id=True, words=[settlement.public_id], once=True)


def candidates() -> Example:
    payable(entered_brand(), 1700)
    return Example("/batches/candidates?method=sepa&currency=EUR")


def returned() -> Payout:
    return actions.confirm_payout(payout=sent(), reference="A", actor=BEN, at=JUNE)


def profiled() -> Example:
    ref = payable(entered_brand(), 1700)[0].partner_ref
    return Example(f"/partners/{ref}/payout-profile", has_id=True, words=[ref])


def recadenced() -> CadenceChange:
    return actions.change_cadence(cadence=Cadence.WEEK, starts_on=date(2036, 9, 1), actor=ANNA, at=MAY)


def with_terms(body: Any = None) -> Example:
    ref = enrolled(entered_brand(), "onlyaurora").partner_ref
    return Example(f"/partners/{ref}/terms", body, has_id=True, words=[ref])


def own_netting(verb: str = "", *, words: bool = False, foreign: int = 200) -> Example:
    ref = enrolled(entered_brand(), "Nordic").partner_ref
    set_terms(brand=entered_brand(), partner_ref=ref, withholding_rate=Decimal(0), netting=True, actor=ANNA, at=MAY)
    told = partner_terms(ref, entered_brand())
    assert told is not None
    body = {"text_sha256": told.netting.sha256} if words else None
    return Example(f"/partner/netting{verb}", body, words=[told.netting.sha256], foreign=foreign, partner=ref)


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
    "GET /statements/{statement}/proof": named("/statements/{}/proof", sealed),
    "GET /batches": listed("/batches", batched),
    "GET /batches/candidates": candidates,
    "POST /batches": batching,
    "GET /batches/{batch}": named("/batches/{}", batched),
    "GET /batches/{batch}/items": named("/batches/{}/items", batched),
    "POST /batches/{batch}/approve": named("/batches/{}/approve", batched, once=True),
    "POST /batches/{batch}/withdraw": named("/batches/{}/withdraw", batched, body={"reason": "wrong"}, once=True),
    "GET /batches/{batch}/file": named("/batches/{}/file", lambda: batched("written")),
    "POST /batches/{batch}/send": named("/batches/{}/send", lambda: batched("written"), once=True),
    "POST /batches/{batch}/confirm": named("/batches/{}/confirm", on_its_way, body={"reference": "SEPA 1"}, once=True),
    "POST /payouts/{payout}/return": named("/payouts/{}/return", returned, body={"reason": "AC04"}),
    "GET /partners/{partner}/payout-profile": profiled,
    "GET /partners/{partner}/terms": with_terms,
    "PUT /partners/{partner}/terms": lambda: with_terms(body={"withholding_rate": "0.15", "netting": True}),
    "GET /partner/netting": own_netting,
    "POST /partner/netting/agree": lambda: own_netting("/agree", words=True, foreign=409),
    "POST /partner/netting/withdraw": lambda: own_netting("/withdraw"),
    "GET /payouts": listed("/payouts", sent),
    "GET /payouts/{payout}": named("/payouts/{}", sent),
    "POST /payouts/{payout}/confirm": named("/payouts/{}/confirm", sent, body={"reference": "SEPA 1"}),
    "POST /payouts/{payout}/fail": named("/payouts/{}/fail", sent, body={"reason": "closed"}),
}
