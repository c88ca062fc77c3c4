from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, door
from tenant_apps.programs.models import Enrollment
from tenant_apps.programs.policies import may_see_programs
from tenant_apps.programs.queries import all_enrollments
from tenant_apps.programs.schemas import EnrollmentOut

router = Router(tags=["partners"])


@router.get("/partners/enrollments", response=list[EnrollmentOut])
@door(may_see_programs)
@paginate(Pages)
def enrollments(request: HttpRequest) -> QuerySet[Enrollment]:  # noqa: ARG001
    """List the partners enrolled with this brand, newest first."""
    return all_enrollments()
