from decimal import Decimal
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate
from pydantic import Field

from shared_apps.accounts.doors import Pages, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.commissions import actions
from tenant_apps.commissions.models import ExchangeRate
from tenant_apps.commissions.policies import may_record_exchange_rates, may_see_commissions
from tenant_apps.commissions.queries import exchange_rate_by_ref, exchange_rates
from tenant_apps.commissions.schemas import ExchangeRateIn, ExchangeRateOut

router = Router(tags=["commissions"])
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


@router.get("/exchange-rates", response=list[ExchangeRateOut])
@door(may_see_commissions)
@paginate(Pages)
def rates(
    request: HttpRequest,  # noqa: ARG001
    base: Currency | None = None,
    quote: Currency | None = None,
) -> QuerySet[ExchangeRate]:
    """List recorded exchange rates, the latest day first: of one pair of currencies."""
    wanted = {"base": base, "quote": quote}
    return exchange_rates().filter(**{name: value for name, value in wanted.items() if value})


@router.post("/exchange-rates", response=ExchangeRateOut)
@door(may_record_exchange_rates)
def record(request: HttpRequest, payload: ExchangeRateIn) -> ExchangeRate:
    """Record a rate of a day; sales that contracts convert are paid at it from now on."""
    said = payload.model_dump() | {"rate": Decimal(payload.rate)}
    made = actions.record_exchange_rate(**said, actor=actor_in(request), at=now())
    return found(exchange_rate_by_ref(made.public_id))
