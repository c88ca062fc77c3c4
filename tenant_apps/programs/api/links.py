from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.programs import actions
from tenant_apps.programs.models import Link
from tenant_apps.programs.policies import may_edit_programs, may_see_programs
from tenant_apps.programs.queries import all_links, enrollment_by_ref
from tenant_apps.programs.schemas import LinkIn, LinkOut

router = Router(tags=["partners"])


@router.get("/partners/links", response=list[LinkOut])
@door(may_see_programs)
@paginate(Pages)
def links(request: HttpRequest) -> QuerySet[Link]:  # noqa: ARG001
    """List the codes that carry credit, newest first: those in addresses, and coupon codes."""
    return all_links()


@router.post("/partners/enrollments/{enrollment}/links", response=LinkOut)
@door(may_edit_programs)
def make_link(request: HttpRequest, enrollment: Ref, payload: LinkIn) -> Link:
    """Give a partner a code of its own: for addresses, or for customers to type when they order."""
    deal = found(enrollment_by_ref(enrollment))
    return actions.create_link(
        enrollment=deal, code=payload.code, campaign=payload.campaign, kind=payload.kind, actor=actor_in(request),
        at=now(),
    )  # fmt: skip
