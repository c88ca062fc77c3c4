"""The lines that follow another one: they take back of it, or give back what was taken."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared_apps.outbox.actions import publish
from tenant_apps.commissions.actions.booking import book_clawed_back, book_reversed
from tenant_apps.commissions.events import CommissionClawedBack, CommissionReinstated
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.rules import Step
from tenant_apps.commissions.states import CommissionState, Kind, Reason


def write_follower(
    *, original: Commission, head: Commission, kind: Kind, amount_minor: int, cause_ref: str, reason: Reason,
    explanation: Iterable[Step], at: datetime, happened_at: datetime | None = None,
) -> Commission:  # fmt: skip
    """Write, book and tell a line against an original, whose group's locked head is `head`.

    Before the head is payable the line shares its state; afterwards it is payable at once. Everything
    frozen in the original (terms, share, currencies, rate of exchange) is the line's, too: amounts come
    from the original, so no later rate can touch them. `happened_at` is when the money went back, where that was
    earlier: the line belongs there in the books, though not before what it takes back was in them.
    """
    was_payable = CommissionState(head.state).was_payable
    line = Commission.objects.create(
        kind=kind, enrollment_id=original.enrollment_id, partner_ref=original.partner_ref,
        order_ref=original.order_ref, line_ref=original.line_ref, attribution_ref=original.attribution_ref,
        contract_version_id=original.contract_version_id, rule=original.rule, reason=reason, share=original.share,
        base_minor=original.base_minor, amount_minor=amount_minor, currency=original.currency,
        sale_currency=original.sale_currency, exchange_rate=original.exchange_rate,
        explanation=_steps(original, explanation), reverses=original, cause_ref=_free_cause(original, kind, cause_ref),
        moves_with=None if was_payable else head, held_for=head.held_for,
        state=CommissionState.PAYABLE if was_payable else head.state, accrued_at=at, matures_at=original.matures_at,
        confirmed_at=head.confirmed_at, payable_at=at if was_payable else None,
    )  # fmt: skip
    known = max(filter(None, (original.accrued_at, head.payable_at if was_payable else None)))
    belongs_to = min(at, max(happened_at or at, known))
    (book_clawed_back if was_payable else book_reversed)(line, belongs_to, at)
    _tell(line, original, cause_ref, at)
    return line


def _free_cause(original: Commission, kind: Kind, cause_ref: str) -> str:
    """Return the cause, numbered from the second line that one cause has against one original: dp_1, dp_1#2."""
    earlier = original.reversals.filter(
        kind=kind, cause_ref__in=[cause_ref, *(f"{cause_ref}#{n}" for n in range(2, 9))]
    )
    count = earlier.count()
    return f"{cause_ref}#{count + 1}" if count else cause_ref


def _tell(line: Commission, original: Commission, cause_ref: str, at: datetime) -> None:
    named: dict[str, Any] = {
        "at": at, "partner_ref": line.partner_ref, "commission_ref": line.public_id,
        "original_ref": original.public_id, "order_ref": line.order_ref, "line_ref": line.line_ref,
        "cause_ref": cause_ref, "currency": line.currency,
    }  # fmt: skip
    if line.kind == Kind.REINSTATEMENT:
        publish(CommissionReinstated(restored_minor=line.amount_minor, **named))
    else:
        publish(CommissionClawedBack(taken_minor=-line.amount_minor, **named))


def _steps(original: Commission, steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [step.as_dict() for step in (Step("takes_back_from", {"line": original.public_id}), *steps)]
