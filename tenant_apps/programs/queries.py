from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from tenant_apps.programs.models import ContractDecision, ContractVersion, Enrollment, Link, Program
from tenant_apps.programs.rules import Change, differences, digest, normalized_code, said_document
from tenant_apps.programs.states import ContractState, EnrollmentState, Verdict


def all_enrollments() -> QuerySet[Enrollment]:
    """Every enrollment with its program, newest first."""
    return Enrollment.objects.select_related("program", "recruited_by").order_by("-pk")


def all_links() -> QuerySet[Link]:
    """Every code that carries credit with its deal, newest first."""
    return Link.objects.select_related("enrollment").order_by("-pk")


def all_programs() -> QuerySet[Program]:
    """Every program, by name."""
    return Program.objects.order_by("name")


def program_by_ref(ref: str) -> Program | None:
    """The program with this public id; None when there is none."""
    return Program.objects.filter(public_id=ref).first()


def enrollment_by_ref(ref: str) -> Enrollment | None:
    """The enrollment with this public id; None when there is none."""
    return Enrollment.objects.select_related("program", "recruited_by").filter(public_id=ref).first()


def enrollments_by_refs(refs: list[str]) -> dict[str, Enrollment]:
    """The enrollments with these public ids, by id: one query for a whole decision."""
    return {enrollment.public_id: enrollment for enrollment in Enrollment.objects.filter(public_id__in=refs)}


def enrollments_of_partner(partner_ref: str) -> QuerySet[Enrollment]:
    """A partner's enrollments at this brand with their programs, oldest first."""
    return Enrollment.objects.select_related("program").filter(partner_ref=partner_ref).order_by("pk")


def terms_of_currency(enrollment_id: int, currency: str, at: datetime) -> ContractVersion | None:
    """The terms of a currency that hold at an instant, else the last that did; None when none ever was agreed on."""
    agreed = ContractVersion.objects.filter(enrollment_id=enrollment_id, currency=currency, effective_from__lte=at)
    return agreed.order_by("-effective_from").first()


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
    return version_among(versions, at, first_charge_at)


def version_among(
    versions: Iterable[ContractVersion], at: datetime, first_charge_at: datetime | None
) -> ContractVersion | None:
    """The one of a deal's versions in a currency that `terms_for` names, where they are at hand already."""
    known = list(versions)
    current = next((version for version in known if version.holds_at(at)), None)
    if current is None or first_charge_at is None or first_charge_at >= at:
        return current
    first = next((version for version in known if version.holds_at(first_charge_at)), None)
    return first if first is not None and first.pinning == ContractVersion.Pinning.PINNED else current


def converting_terms_for(enrollment_id: int, at: datetime, first_charge_at: datetime | None) -> ContractVersion | None:
    """The terms that pay a sale of `at` in a currency nothing was agreed in, because they convert such sales.

    None when no contract in effect does; and when contracts in several currencies do, for nobody said which.
    """
    holds = Q(effective_from__lte=at) & (Q(effective_to=None) | Q(effective_to__gt=at))
    converting = ContractVersion.objects.filter(holds, enrollment_id=enrollment_id, converts=True)
    currencies = set(converting.values_list("currency", flat=True))
    if len(currencies) != 1:
        return None
    version = terms_for(enrollment_id, currencies.pop(), at, first_charge_at)
    return version if version is not None and version.converts else None


@dataclass(frozen=True)
class Reading:
    """What a partner reads of a version: its terms, and how they differ from those it would replace."""

    version: ContractVersion
    replaces: ContractVersion | None
    changes: tuple[Change, ...]

    @property
    def changes_as_data(self) -> list[dict[str, Any]]:
        """The differences as they are kept with the answer."""
        return [
            {"kind": change.kind, "field": change.field, "old": change.old, "new": change.new,
             "sentence": str(change.sentence)}
            for change in self.changes
        ]  # fmt: skip

    @property
    def said(self) -> list[str]:
        """The terms as sentences, each rule and bonus with its name."""
        told = said_document(self.version.document)
        return [f"{name}: {sentence}" if name else str(sentence) for name, sentence in told]

    @property
    def sha256(self) -> str:
        """The hash of the reading: an answer to another one does not count."""
        replaced = self.replaces.public_id if self.replaces else None
        return digest({"terms": self.version.document, "replaces": replaced, "changes": self.changes_as_data})


def reading_of(version: ContractVersion) -> Reading:
    """Return a version as it is read: beside the terms it would replace, or, once it was answered, did replace."""
    decision = ContractDecision.objects.select_related("compared_with").filter(version=version).first()
    replaced = decision.compared_with if decision else open_version(version.enrollment_id, version.currency)
    changes = differences(replaced.document, version.document) if replaced else ()
    return Reading(version, replaced, changes)


def open_version(enrollment_id: int, currency: str) -> ContractVersion | None:
    """The agreed version of a currency that no other follows; it may begin later. None without a contract."""
    return (
        ContractVersion.objects.select_related("enrollment")
        .filter(enrollment_id=enrollment_id, currency=currency, effective_from__isnull=False, effective_to=None)
        .first()
    )


def recorded_after(version: ContractVersion, instant: datetime) -> ContractDecision | None:
    """The record of terms that one of us wrote down after an instant, though they hold at it; None for all others.

    What the partner itself answered, and what was recorded by then, is not among them.
    """
    late = ContractDecision.objects.filter(version=version, verdict=Verdict.RECORDED, decided_at__gt=instant)
    return late.first()


def all_versions() -> QuerySet[ContractVersion]:
    """Every version of every deal with its deal and its answer, the latest first."""
    return ContractVersion.objects.select_related("enrollment__program", "decision").order_by("-pk")


def version_by_ref(ref: str) -> ContractVersion | None:
    """The version with this public id, with its deal; None when there is none."""
    return all_versions().filter(public_id=ref).first()


def versions_of_partner(partner_ref: str) -> QuerySet[ContractVersion]:
    """What a partner may see of its contracts here: all but drafts, and what was withdrawn before it was proposed."""
    seen = ~Q(state=ContractState.DRAFT) & ~Q(state=ContractState.WITHDRAWN, proposed_at=None)
    return all_versions().filter(seen, enrollment__partner_ref=partner_ref)


def version_of_partner(partner_ref: str, ref: str) -> ContractVersion | None:
    """The version with this public id, if it is this partner's and was put before it; None otherwise."""
    return versions_of_partner(partner_ref).filter(public_id=ref).first()


def proposals_of_partner(partner_ref: str) -> QuerySet[ContractVersion]:
    """The versions that wait for a partner's answer, the oldest first."""
    return versions_of_partner(partner_ref).filter(state=ContractState.PROPOSED).order_by("proposed_at")


def deals_with_due_versions(at: datetime) -> list[int]:
    """The enrollments whose agreed versions have begun or ended by then, and are not shown so yet."""
    begun = Q(state=ContractState.ACCEPTED, effective_from__lte=at)
    over = Q(state=ContractState.EFFECTIVE, effective_to__lte=at)
    due = ContractVersion.objects.filter(begun | over).order_by("enrollment_id")
    return list(due.values_list("enrollment_id", flat=True).distinct())


def campaigns_of_links() -> set[str]:
    """The campaigns that links carry."""
    return set(Link.objects.exclude(campaign="").values_list("campaign", flat=True).distinct())


def partners_enrolled() -> set[str]:
    """The partners that have or had a deal with this brand."""
    return set(Enrollment.objects.values_list("partner_ref", flat=True).distinct())


def partner_names() -> dict[str, str]:
    """The partners that have or had a deal with this brand, by their public id."""
    return dict(Enrollment.objects.order_by("pk").values_list("partner_ref", "partner_name"))


def uplines_of(enrollment: Enrollment, most: int) -> list[Enrollment]:
    """Who recruited a partner, who recruited that one, and so on: at most so many, as far as deals are active."""
    found: list[Enrollment] = []
    above = enrollment.recruited_by
    while above is not None and len(found) < most and above not in found:
        if above.state != EnrollmentState.ACTIVE:
            break
        found.append(above)
        above = above.recruited_by
    return found


def recruiters() -> dict[int, Enrollment]:
    """Who recruited whom: the recruiting deal by the primary key of the recruited one, all of the brand."""
    recruited = Enrollment.objects.exclude(recruited_by=None).select_related("recruited_by")
    return {deal.pk: deal.recruited_by for deal in recruited if deal.recruited_by}


def deals_of_partners(partner_refs: Iterable[str]) -> QuerySet[Enrollment]:
    """The enrollments of these partners, oldest first."""
    return Enrollment.objects.filter(partner_ref__in=set(partner_refs)).order_by("pk")


def agreed_versions(deals: Iterable[int], currencies: Iterable[str]) -> QuerySet[ContractVersion]:
    """The versions that were agreed on for these deals (primary keys), oldest first."""
    agreed = ContractVersion.objects.filter(enrollment__in=set(deals), currency__in=set(currencies))
    return agreed.exclude(effective_from=None).order_by("pk")


def contract_versions(keys: list[int]) -> QuerySet[ContractVersion]:
    """The versions with these primary keys, oldest first."""
    return ContractVersion.objects.filter(pk__in=keys).order_by("pk")


def link_by_code(code: str) -> Link | None:
    """The link with this code, in any case of letters, with its enrollment; None when it is unknown."""
    return Link.objects.select_related("enrollment__program").filter(code=normalized_code(code)).first()


def active_links(codes: list[str]) -> dict[str, Link]:
    """The links that earn credit now, by their normalized code: active, of an active enrollment."""
    links = Link.objects.select_related("enrollment").filter(
        code__in={normalized_code(code) for code in codes}, active=True, kind=Link.Kind.LINK,
        enrollment__state=EnrollmentState.ACTIVE,
    )  # fmt: skip
    return {link.code: link for link in links}


def coupon_by_code(code: str) -> Link | None:
    """The live coupon code as a customer typed it, with its owner's enrollment; None when there is none."""
    coupons = Link.objects.select_related("enrollment__program").filter(kind=Link.Kind.CODE, active=True)
    return coupons.filter(code=normalized_code(code), enrollment__state=EnrollmentState.ACTIVE).first()


def coupon_codes(codes: Iterable[str]) -> set[str]:
    """Those of these lower-case codes that are live coupon codes."""
    live = Link.objects.filter(kind=Link.Kind.CODE, active=True, enrollment__state=EnrollmentState.ACTIVE)
    return set(live.filter(code__in=list(codes)).values_list("code", flat=True))


def enrollments_called(text: str) -> list[Enrollment]:
    """The active enrollments that a person may mean: by id, code of a live link, or the partner's e-mail."""
    name = text.strip().lower()
    if found := enrollments_named([name]):
        return list(found.values())
    active = Enrollment.objects.filter(state=EnrollmentState.ACTIVE, partner_email__iexact=name)
    return list(active.select_related("program").order_by("pk")[:10])


def enrollments_named(names: Iterable[str]) -> dict[str, Enrollment]:
    """The active enrollments that these lower-case names mean: an enrollment's id, or the code of a live link."""
    wanted = {name.lower() for name in names}
    active = Enrollment.objects.filter(state=EnrollmentState.ACTIVE)
    found = {enrollment.public_id: enrollment for enrollment in active.filter(public_id__in=wanted)}
    links = Link.objects.select_related("enrollment").filter(
        code__in=wanted, active=True, enrollment__state=EnrollmentState.ACTIVE
    )
    return {link.code: link.enrollment for link in links} | found


def links_of_partner(partner_ref: str) -> QuerySet[Link]:
    """The links of a partner's enrollments at this brand with their enrollments, oldest first."""
    return Link.objects.select_related("enrollment").filter(enrollment__partner_ref=partner_ref).order_by("pk")
