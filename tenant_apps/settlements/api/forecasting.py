from django.http import HttpRequest
from ninja import Router

from shared_apps.accounts.doors import Ref, door, found
from shared_apps.brands.clock import now
from tenant_apps.settlements import queries
from tenant_apps.settlements.policies import may_see_settlements
from tenant_apps.settlements.queries import Expected
from tenant_apps.settlements.schemas import ExpectedOut

router = Router(tags=["settlements"])


@router.get("/partners/{partner}/forecast", response=list[ExpectedOut])
@door(may_see_settlements)
def forecast(request: HttpRequest, partner: Ref) -> list[Expected]:  # noqa: ARG001
    """Say what a partner may expect of lines that are not payable yet: per currency, state and period."""
    found(queries.partner_named(partner))
    return queries.forecast_of(partner, now())
