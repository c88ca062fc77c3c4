from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.attribution import actions
from tenant_apps.attribution.models import Policy
from tenant_apps.attribution.policies import may_see_attributions, may_set_attribution_policy
from tenant_apps.attribution.queries import all_policies, policy_by_ref
from tenant_apps.attribution.schemas.policies import PolicyDetailOut, PolicyIn, PolicyOut
from tenant_apps.programs.queries import program_by_ref

router = Router(tags=["attribution policies"])


@router.get("/attribution-policies", response=list[PolicyOut])
@door(may_see_attributions)
@paginate(Pages)
def policies(request: HttpRequest) -> QuerySet[Policy]:  # noqa: ARG001
    """List every version of the brand's and the programs' policies, the latest first."""
    return all_policies()


@router.post("/attribution-policies", response=PolicyDetailOut)
@door(may_set_attribution_policy)
def set_policy(request: HttpRequest, payload: PolicyIn) -> Policy:
    """Set the next version, now or from a later instant; decided sales stay decided."""
    at = now()
    made = actions.set_policy(
        terms=payload.terms, program=found(program_by_ref(payload.program)) if payload.program else None,
        effective_from=payload.effective_from or at, actor=actor_in(request), at=at,
    )  # fmt: skip
    return found(policy_by_ref(made.public_id))


@router.get("/attribution-policies/{policy}", response=PolicyDetailOut)
@door(may_see_attributions)
def policy_of(request: HttpRequest, policy: Ref) -> Policy:  # noqa: ARG001
    """Show a version with what differs from the one before it."""
    return found(policy_by_ref(policy))
