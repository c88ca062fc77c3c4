from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, door
from shared_apps.audit.models import RecordSeal
from shared_apps.audit.queries import record_seals as all_record_seals
from tenant_apps.ledger.models import Seal
from tenant_apps.ledger.policies import may_see_books
from tenant_apps.ledger.queries import day_end, totals_of
from tenant_apps.ledger.queries import seals as all_seals
from tenant_apps.ledger.queries import trial_balance as balance_of_all
from tenant_apps.ledger.schemas import RecordSealOut, SealOut, TrialBalanceOut

router = Router(tags=["ledger"])


@router.get("/ledger/seals", response=list[SealOut])
@door(may_see_books)
@paginate(Pages)
def seals(request: HttpRequest) -> QuerySet[Seal]:  # noqa: ARG001
    """List the seals of the books, newest first: the first is the head of the chain."""
    return all_seals()


@router.get("/ledger/record-seals", response=list[RecordSealOut])
@door(may_see_books)
@paginate(Pages)
def record_seals(request: HttpRequest) -> QuerySet[RecordSeal]:  # noqa: ARG001
    """List the seals of the record, newest first: of statements, decisions, the audit log, all that is for ever."""
    return all_record_seals()


@router.get("/ledger/trial-balance", response=TrialBalanceOut)
@door(may_see_books)
def trial_balance(request: HttpRequest, on: date | None = None) -> dict[str, Any]:  # noqa: ARG001
    """Show every account's debits, credits and balance up to the end of a day at the brand, or up to now."""
    rows = balance_of_all(day_end(on) if on else None)
    return {"on": on, "accounts": rows, "totals": totals_of(rows)}
