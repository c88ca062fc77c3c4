from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.attribution import actions
from tenant_apps.attribution.models import DuplicateSuspicion
from tenant_apps.attribution.policies import may_resolve_duplicates, may_see_attributions
from tenant_apps.attribution.queries import all_suspicions, suspicion_by_ref
from tenant_apps.attribution.schemas.deals import ReasonIn
from tenant_apps.attribution.schemas.duplicates import SuspicionDetailOut, SuspicionOut
from tenant_apps.attribution.states import SuspicionState

router = Router(tags=["duplicates"])


@router.get("/duplicates", response=list[SuspicionOut])
@door(may_see_attributions)
@paginate(Pages)
def duplicates(request: HttpRequest, state: SuspicionState | None = None) -> QuerySet[DuplicateSuspicion]:  # noqa: ARG001
    """List suspected duplicates, the latest first."""
    return all_suspicions().filter(state=state) if state else all_suspicions()


@router.get("/duplicates/{duplicate}", response=SuspicionDetailOut)
@door(may_see_attributions)
def duplicate_of(request: HttpRequest, duplicate: Ref) -> DuplicateSuspicion:  # noqa: ARG001
    """Show both orders of a suspicion side by side."""
    return found(suspicion_by_ref(duplicate))


@router.post("/duplicates/{duplicate}/confirm", response=SuspicionDetailOut)
@door(may_resolve_duplicates)
def confirm(request: HttpRequest, duplicate: Ref, payload: ReasonIn) -> DuplicateSuspicion:
    """Decide that it is one sale: what the later order earned is taken back."""
    suspicion = found(suspicion_by_ref(duplicate))
    return actions.confirm_duplicate(suspicion=suspicion, reason=payload.reason, actor=actor_in(request), at=now())


@router.post("/duplicates/{duplicate}/dismiss", response=SuspicionDetailOut)
@door(may_resolve_duplicates)
def dismiss(request: HttpRequest, duplicate: Ref, payload: ReasonIn) -> DuplicateSuspicion:
    """Decide that they are two sales: what was held goes on."""
    suspicion = found(suspicion_by_ref(duplicate))
    return actions.dismiss_duplicate(suspicion=suspicion, reason=payload.reason, actor=actor_in(request), at=now())
