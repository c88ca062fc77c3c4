from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, door, found
from tenant_apps.attribution.models import Attribution
from tenant_apps.attribution.policies import may_see_attributions
from tenant_apps.attribution.queries import all_attributions, attribution_by_ref
from tenant_apps.attribution.schemas.decisions import AttributionOut

router = Router(tags=["attributions"])


@router.get("/attributions", response=list[AttributionOut])
@door(may_see_attributions)
@paginate(Pages)
def attributions(request: HttpRequest, order: Ref | None = None) -> QuerySet[Attribution]:  # noqa: ARG001
    """List decisions, newest first, of one order if one is given."""
    return all_attributions().filter(order_ref=order) if order else all_attributions()


@router.get("/attributions/{attribution}", response=AttributionOut)
@door(may_see_attributions)
def attribution(request: HttpRequest, attribution: Ref) -> Attribution:  # noqa: ARG001
    """Show one decision."""
    return found(attribution_by_ref(attribution))
