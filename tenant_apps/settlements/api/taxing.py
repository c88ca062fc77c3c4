from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.settlements import actions, queries
from tenant_apps.settlements.models import VatRate
from tenant_apps.settlements.policies import may_close_periods, may_see_settlements
from tenant_apps.settlements.schemas import VatRateEndIn, VatRateIn, VatRateOut

router = Router(tags=["settlements"])


@router.get("/vat-rates", response=list[VatRateOut])
@door(may_see_settlements)
@paginate(Pages)
def vat_rates(request: HttpRequest) -> QuerySet[VatRate]:  # noqa: ARG001
    """List the standard rates of VAT that were said here, the latest first; they come before the built-in ones."""
    return queries.vat_rates()


@router.post("/vat-rates", response=VatRateOut)
@door(may_close_periods)
def say_vat_rate(request: HttpRequest, told: VatRateIn) -> VatRate:
    """Say a country's standard rate of VAT from a day on; what is settled stays as it is.

    Where another holds beside it, that one is ended first.
    """
    return actions.say_vat_rate(
        country=told.country, rate=told.rate, starts_on=told.starts_on, source=told.source, actor=actor_in(request),
        at=now(),
    )  # fmt: skip


@router.post("/vat-rates/{rate}/end", response=VatRateOut)
@door(may_close_periods)
def end_vat_rate(request: HttpRequest, rate: Ref, told: VatRateEndIn) -> VatRate:
    """Say the first day on which a rate no longer holds; its own first day takes it back."""
    ended = found(queries.vat_rate_by_ref(rate))
    return actions.end_vat_rate(rate=ended, ends_on=told.ends_on, actor=actor_in(request), at=now())
