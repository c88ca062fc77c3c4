from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.programs import actions
from tenant_apps.programs.models import Enrollment, Program
from tenant_apps.programs.policies import may_edit_programs, may_see_programs, may_set_paper_rule
from tenant_apps.programs.queries import all_enrollments, all_programs, enrollment_by_ref, program_by_ref
from tenant_apps.programs.schemas import EnrollmentOut, PaperRuleIn, ProgramOut, RecruiterIn

router = Router(tags=["partners"])


@router.get("/partners/enrollments", response=list[EnrollmentOut])
@door(may_see_programs)
@paginate(Pages)
def enrollments(request: HttpRequest) -> QuerySet[Enrollment]:  # noqa: ARG001
    """List the partners enrolled with this brand, newest first."""
    return all_enrollments()


@router.put("/partners/enrollments/{enrollment}/recruiter", response=EnrollmentOut)
@door(may_edit_programs)
def recruiter(request: HttpRequest, enrollment: Ref, payload: RecruiterIn) -> Enrollment:
    """Say who brought a partner, null for nobody: levels of later sales go there."""
    deal = found(enrollment_by_ref(enrollment))
    above = found(enrollment_by_ref(payload.recruiter)) if payload.recruiter else None
    actions.set_recruiter(enrollment=deal, recruiter=above, actor=actor_in(request), at=now())
    return found(enrollment_by_ref(enrollment))


@router.get("/programs", response=list[ProgramOut])
@door(may_see_programs)
@paginate(Pages)
def programs(request: HttpRequest) -> QuerySet[Program]:  # noqa: ARG001
    """List the programs of this brand, by name."""
    return all_programs()


@router.put("/programs/{program}/paper-rule", response=ProgramOut)
@door(may_set_paper_rule)
def paper_rule(request: HttpRequest, program: Ref, payload: PaperRuleIn) -> Program:
    """Decide which versions operators may record as signed on paper: never, the first of a deal, or always."""
    frame = found(program_by_ref(program))
    return actions.set_paper_rule(program=frame, on_paper=payload.on_paper, actor=actor_in(request), at=now())
