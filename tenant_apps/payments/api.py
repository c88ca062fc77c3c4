from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.payments import actions
from tenant_apps.payments.models import InboundEvent
from tenant_apps.payments.policies import may_resolve_events, may_see_payments
from tenant_apps.payments.queries import event_by_ref, provider_events
from tenant_apps.payments.schemas import DismissIn, ProviderEventOut
from tenant_apps.payments.states import InboundState

router = Router(tags=["payments"])


@router.get("/provider-events", response=list[ProviderEventOut])
@door(may_see_payments)
@paginate(Pages)
def events(request: HttpRequest, state: InboundState | None = None) -> QuerySet[InboundEvent]:  # noqa: ARG001
    """List the payment provider's events, the latest first; those that are parked wait for a person."""
    return provider_events(state)


@router.get("/provider-events/{event}", response=ProviderEventOut)
@door(may_see_payments)
def event_of(request: HttpRequest, event: Ref) -> InboundEvent:  # noqa: ARG001
    """Show one event of the payment provider."""
    return found(event_by_ref(event))


@router.post("/provider-events/{event}/retry", response=ProviderEventOut)
@door(may_resolve_events)
def retry(request: HttpRequest, event: Ref) -> InboundEvent:
    """Look at a parked event anew, after what it did not fit was mended."""
    parked = found(event_by_ref(event))
    return actions.retry_event(event=parked, actor=actor_in(request), at=now())


@router.post("/provider-events/{event}/dismiss", response=ProviderEventOut)
@door(may_resolve_events)
def dismiss(request: HttpRequest, event: Ref, told: DismissIn) -> InboundEvent:
    """Resolve a parked event without booking it, saying what was done about it."""
    parked = found(event_by_ref(event))
    return actions.dismiss_event(event=parked, reason=told.reason, actor=actor_in(request), at=now())
