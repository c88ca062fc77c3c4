from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, door, found
from tenant_apps.customers.models import Lead
from tenant_apps.customers.policies import may_see_leads
from tenant_apps.customers.queries import all_leads, lead_by_ref
from tenant_apps.customers.schemas import LeadOut
from tenant_apps.customers.states import LeadState

router = Router(tags=["leads"])


@router.get("/leads", response=list[LeadOut])
@door(may_see_leads)
@paginate(Pages)
def leads(request: HttpRequest, state: LeadState | None = None) -> QuerySet[Lead]:  # noqa: ARG001
    """List leads, newest first, of one state if one is given."""
    return all_leads().filter(state=state) if state else all_leads()


@router.get("/leads/{lead}", response=LeadOut)
@door(may_see_leads)
def lead(request: HttpRequest, lead: Ref) -> Lead:  # noqa: ARG001
    """Show one lead."""
    return found(lead_by_ref(lead))
