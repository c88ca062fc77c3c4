from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, door
from tenant_apps.ledger.models import Seal
from tenant_apps.ledger.policies import may_see_seals
from tenant_apps.ledger.queries import seals as all_seals
from tenant_apps.ledger.schemas import SealOut

router = Router(tags=["ledger"])


@router.get("/ledger/seals", response=list[SealOut])
@door(may_see_seals)
@paginate(Pages)
def seals(request: HttpRequest) -> QuerySet[Seal]:  # noqa: ARG001
    """List the seals of the books, newest first: the first is the head of the chain."""
    return all_seals()
