"""What a claim comes to on the decision in force, checked once for the preview and for the opening."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from kernel.errors import InvalidInput
from kernel.sentences import sentence
from tenant_apps.attribution.actions import is_own_purchase
from tenant_apps.disputes.queries import credit_of, terms_in_force
from tenant_apps.disputes.rules import Terms, losses, parse_part
from tenant_apps.orders.queries import order_by_ref
from tenant_apps.programs.states import EnrollmentState

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that may be made: who has which part now, what is claimed, who would lose which part of its own."""

    order_ref: str
    attribution_ref: str
    shares: "dict[str, Fraction]"
    enrollments: "dict[str, Enrollment]"
    had: Fraction
    part: Fraction
    losers: "dict[str, Fraction]"
    terms: Terms


def claim_on(*, order_ref: str, claimant: "Enrollment", claimed: str, at: datetime) -> Claim:
    """Return the claim, or raise InvalidInput naming `order`, `enrollment` or `claimed`."""
    terms = terms_in_force(at)
    order = order_by_ref(order_ref)
    errors = []
    if order is None or order.paid_at is None:
        errors.append({"field": "order", "message": "is no paid order of this brand"})
    elif at > order.paid_at + timedelta(days=terms.claim_days):
        errors.append(
            {
                "field": "order",
                "message": sentence(
                    "was paid more than %(claim_days)s days ago; claims end then", claim_days=terms.claim_days
                ),
            }
        )
    if claimant.state != EnrollmentState.ACTIVE:
        errors.append(
            {
                "field": "enrollment",
                "message": sentence("is %(state)s; only an active one claims", state=claimant.state),
            }
        )
    attribution_ref, shares, enrollments = credit_of(order_ref)
    if not errors and not attribution_ref:
        errors.append({"field": "order", "message": "is not decided yet; try again in a minute"})
    elif not errors and is_own_purchase(order_ref, claimant):
        errors.append({"field": "order", "message": "was bought by this partner itself"})
    if errors:
        raise InvalidInput(errors=errors)
    part, had = parse_part(claimed, field="claimed"), shares.get(claimant.public_id, Fraction(0))
    if part <= had:
        raise InvalidInput(
            field="claimed", message=sentence("is no more than this partner has already, %(had)s of the whole", had=had)
        )
    return Claim(
        order_ref, attribution_ref, shares, enrollments, had, part, losses(shares, claimant.public_id, part), terms
    )
