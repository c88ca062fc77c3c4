"""A partner's own statements and what it may expect: who asks entered the brand's portal."""

from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, found, partner_door
from shared_apps.brands.clock import now
from tenant_apps.settlements.models import Statement
from tenant_apps.settlements.policies import may_see_own_settlements
from tenant_apps.settlements.queries import (
    Expected,
    credit_note_of_statement,
    forecast_of,
    frozen_lines,
    head_of,
    later_version,
    statements_of_partner,
)
from tenant_apps.settlements.queries.printing import FrozenLines
from tenant_apps.settlements.schemas import ExpectedOut, OwnStatementDetailOut, OwnStatementLineOut, OwnStatementOut

router = Router(tags=["partner"])


@router.get("/partner/forecast", response=list[ExpectedOut])
@partner_door(may_see_own_settlements)
def forecast(request: HttpRequest) -> list[Expected]:
    """Say what you may expect of lines that are not payable yet: per currency, state and period, before tax."""
    return forecast_of(actor_in(request).id, now())


@router.get("/partner/statements", response=list[OwnStatementOut])
@partner_door(may_see_own_settlements)
@paginate(Pages)
def statements(request: HttpRequest) -> QuerySet[Statement]:
    """List your statements, the latest first."""
    return statements_of_partner(actor_in(request).id)


@router.get("/partner/statements/{statement}", response=OwnStatementDetailOut)
@partner_door(may_see_own_settlements)
def statement(request: HttpRequest, statement: Ref) -> dict[str, Any]:
    """Show a statement as it was frozen, without its lines; they have a list of their own."""
    own = own_statement(request, statement)
    frozen: dict[str, Any] = dict(head_of(own))
    return {
        "statement": own, "later": later_version(own), "credit_note": credit_note_of_statement(own),
        "head": {name: part for name, part in frozen.items() if name not in ("earnings", "clawbacks")},
    }  # fmt: skip


@router.get("/partner/statements/{statement}/lines", response=list[OwnStatementLineOut])
@partner_door(may_see_own_settlements)
@paginate(Pages)
def lines(request: HttpRequest, statement: Ref, part: Literal["earnings", "clawbacks"] = "earnings") -> FrozenLines:
    """List what a statement says was earned or clawed back, in its own order."""
    return frozen_lines(own_statement(request, statement))[part]


def own_statement(request: HttpRequest, statement: str) -> Statement:
    """Return the partner's own statement; another partner's is as unknown as one that is none."""
    return found(statements_of_partner(actor_in(request).id).filter(public_id=statement).first())
