from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, door
from tenant_apps.catalog.models import Offer
from tenant_apps.catalog.policies import may_see_catalog
from tenant_apps.catalog.queries import all_offers
from tenant_apps.catalog.schemas import OfferOut

router = Router(tags=["catalog"])


@router.get("/offers", response=list[OfferOut])
@door(may_see_catalog)
@paginate(Pages)
def offers(request: HttpRequest) -> QuerySet[Offer]:  # noqa: ARG001
    """List offers in every state with their active prices, newest first."""
    return all_offers()
