from datetime import datetime

from django.db.models import Q, QuerySet

from tenant_apps.programs.models import ContractVersion, Enrollment, Link
from tenant_apps.programs.rules import normalized_code
from tenant_apps.programs.states import EnrollmentState


def all_enrollments() -> QuerySet[Enrollment]:
    """Every enrollment with its program, newest first."""
    return Enrollment.objects.select_related("program").order_by("-pk")


def enrollment_by_ref(ref: str) -> Enrollment | None:
    """The enrollment with this public id; None when there is none."""
    return Enrollment.objects.select_related("program").filter(public_id=ref).first()


def enrollments_by_refs(refs: list[str]) -> dict[str, Enrollment]:
    """The enrollments with these public ids, by id: one query for a whole decision."""
    return {enrollment.public_id: enrollment for enrollment in Enrollment.objects.filter(public_id__in=refs)}


def enrollments_of_partner(partner_ref: str) -> QuerySet[Enrollment]:
    """A partner's enrollments at this brand with their programs, oldest first."""
    return Enrollment.objects.select_related("program").filter(partner_ref=partner_ref).order_by("pk")


def effective_contract(enrollment_id: int, currency: str, at: datetime) -> ContractVersion | None:
    """The terms in effect at an instant in a currency; None when nothing was agreed, never a default."""
    return (
        ContractVersion.objects.filter(enrollment_id=enrollment_id, currency=currency, effective_from__lte=at)
        .filter(Q(effective_to=None) | Q(effective_to__gt=at))
        .first()
    )


def terms_for(
    enrollment_id: int, currency: str, at: datetime, first_charge_at: datetime | None
) -> ContractVersion | None:
    """The terms an order of `at` is paid by, of a customer who was first charged at `first_charge_at`.

    A customer keeps the version that was in effect at the first charge while that version is pinned; under
    a floating one, and where nothing was agreed then, the version of `at` applies. None when no terms are
    in effect at `at`: what has ended pays nobody, pinned or not. Only times decide, never the state that a
    job sets: the answer for an instant stays the same for ever.
    """
    instants = {at, first_charge_at or at}
    holds = Q()
    for instant in instants:
        holds |= Q(effective_from__lte=instant) & (Q(effective_to=None) | Q(effective_to__gt=instant))
    versions = list(ContractVersion.objects.filter(holds, enrollment_id=enrollment_id, currency=currency))
    current = next((version for version in versions if version.holds_at(at)), None)
    if current is None or first_charge_at is None or first_charge_at >= at:
        return current
    first = next((version for version in versions if version.holds_at(first_charge_at)), None)
    return first if first is not None and first.pinning == ContractVersion.Pinning.PINNED else current


def link_by_code(code: str) -> Link | None:
    """The link with this code, in any case of letters, with its enrollment; None when it is unknown."""
    return Link.objects.select_related("enrollment__program").filter(code=normalized_code(code)).first()


def active_links(codes: list[str]) -> dict[str, Link]:
    """The links that earn credit now, by their normalized code: active, of an active enrollment."""
    links = Link.objects.select_related("enrollment").filter(
        code__in={normalized_code(code) for code in codes}, active=True, enrollment__state=EnrollmentState.ACTIVE
    )
    return {link.code: link for link in links}


def links_of_enrollment(enrollment_id: int) -> QuerySet[Link]:
    """The links of an enrollment, oldest first."""
    return Link.objects.filter(enrollment_id=enrollment_id).order_by("pk")


def links_of_partner(partner_ref: str) -> QuerySet[Link]:
    """The links of a partner's enrollments at this brand with their enrollments, oldest first."""
    return Link.objects.select_related("enrollment").filter(enrollment__partner_ref=partner_ref).order_by("pk")
