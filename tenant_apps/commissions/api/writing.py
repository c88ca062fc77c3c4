from typing import Annotated

from django.http import HttpRequest
from ninja import Header, Router

from shared_apps.accounts.doors import Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.commissions import actions
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.policies import may_write_manual_lines
from tenant_apps.commissions.queries import commission_by_ref
from tenant_apps.commissions.schemas import CommissionOut, ManualLineIn
from tenant_apps.programs.queries import enrollment_by_ref

router = Router(tags=["commissions"])
KEY = r"^[\x21-\x7e]{1,50}$"


@router.post("/partners/enrollments/{enrollment}/commissions", response=CommissionOut)
@door(may_write_manual_lines)
def write(
    request: HttpRequest,
    enrollment: Ref,
    payload: ManualLineIn,
    idempotency_key: Annotated[str, Header(alias="Idempotency-Key", pattern=KEY)],
) -> Commission:
    """Write what a partner earns, or owes, beside the rules. The same key brings the same line."""
    line = actions.write_manual_line(
        enrollment=found(enrollment_by_ref(enrollment)), amount_minor=payload.amount_minor, currency=payload.currency,
        reason=payload.reason, order_ref=payload.order or "", line_ref=payload.line or "", hold=payload.hold or "",
        key=idempotency_key, actor=actor_in(request), at=now(),
    )  # fmt: skip
    return found(commission_by_ref(line.public_id))
