from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import Count, Prefetch, Q, QuerySet

from kernel.payload import Payload
from tenant_apps.attribution.queries import attribution_of_order, decisions_considering, fraction_of
from tenant_apps.attribution.queries import shares as shares_of
from tenant_apps.commissions.queries import commissions_of_order
from tenant_apps.disputes.models import CreditDispute, DisputePolicy, Evidence, Party
from tenant_apps.disputes.rules import Terms, losses, parse_terms
from tenant_apps.disputes.states import HEARD, DisputeState
from tenant_apps.orders.queries import order_numbers
from tenant_apps.programs.queries import enrollments_of_partner

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment


@dataclass(frozen=True, slots=True)
class OwnClaim:
    """A claim as one partner may know it: never who the other side is, what it showed or what it earns."""

    dispute: CreditDispute
    partner_ref: str
    order_number: int | None

    @property
    def is_own(self) -> bool:
        """Whether the partner claims; else it is heard."""
        return self.dispute.claimant.partner_ref == self.partner_ref

    @property
    def had(self) -> str:
        """The part the claimant had, told to itself alone."""
        return self.dispute.had if self.is_own else ""

    @property
    def said(self) -> list[Party]:
        """What the partner may read of answers: its own, or as claimant those that were given."""
        parties = self.dispute.parties.all()
        return [each for each in parties if each.position and (self.is_own or self._is_mine(each.enrollment))]

    @property
    def shown(self) -> list[Evidence]:
        """What the partner itself showed."""
        return [piece for piece in self.dispute.evidence.all() if self._is_mine(piece.enrollment)]

    @property
    def other_evidence(self) -> int:
        """How many pieces the other side showed."""
        return len(self.dispute.evidence.all()) - len(self.shown)

    def _is_mine(self, enrollment: "Enrollment") -> bool:
        return enrollment.partner_ref == self.partner_ref


def all_disputes() -> QuerySet[CreditDispute]:
    """Return every claim with claimant, parties and evidence, the latest first: a fixed number of queries."""
    return (
        CreditDispute.objects.select_related("claimant")
        .prefetch_related(
            Prefetch("parties", Party.objects.select_related("enrollment").order_by("pk")),
            Prefetch("evidence", Evidence.objects.select_related("enrollment").order_by("pk")),
        )
        .order_by("-pk")
    )


def dispute_by_ref(ref: str) -> CreditDispute | None:
    """Return a claim by its public id, with claimant, parties and evidence."""
    return all_disputes().filter(public_id=ref).first()


def disputes_of_partner(partner_ref: str) -> QuerySet[CreditDispute]:
    """Return the claims in which a partner claims or is a counterparty that was told, the latest first."""
    own, told = Q(claimant__partner_ref=partner_ref), Q(parties__enrollment__partner_ref=partner_ref)
    return all_disputes().filter(own | told & Q(parties__told_at__isnull=False)).distinct()


def party_of(dispute: CreditDispute, partner_ref: str) -> Party | None:
    """Return a partner as the counterparty of a claim; None where it is none."""
    return next((each for each in dispute.parties.all() if each.enrollment.partner_ref == partner_ref), None)


def side_of(dispute: CreditDispute, partner_ref: str) -> "Enrollment | None":
    """Return the deal for which a partner claims, or is heard in a claim; None where it does neither."""
    party = party_of(dispute, partner_ref)
    is_own = dispute.claimant.partner_ref == partner_ref
    return dispute.claimant if is_own else party.enrollment if party else None


def own_claims(disputes: Iterable[CreditDispute], partner_ref: str) -> list[OwnClaim]:
    """Return claims as this partner may know them, in one query for all."""
    asked = list(disputes)
    numbers = order_numbers(each.order_ref for each in asked)
    return [OwnClaim(each, partner_ref, numbers.get(each.order_ref)) for each in asked]


def due_disputes(at: datetime) -> QuerySet[CreditDispute]:
    """Return the claims whose deadline has passed, the oldest deadline first."""
    waiting = CreditDispute.objects.filter(state__in=[DisputeState.SUBMITTED, DisputeState.HEARING])
    return waiting.filter(hear_until__lte=at).order_by("hear_until", "pk")


def evidence_by_ref(ref: str) -> Evidence | None:
    """Return a piece of evidence by its public id, with its claim."""
    return Evidence.objects.select_related("dispute__claimant").filter(public_id=ref).first()


def latest_policy() -> DisputePolicy | None:
    """Return the brand's terms in their last version; None while the house's are in force."""
    return DisputePolicy.objects.order_by("-number").first()


def terms_in_force(at: datetime) -> Terms:
    """Return the brand's terms at an instant; the house's while it has said nothing."""
    policy = DisputePolicy.objects.filter(effective_from__lte=at).order_by("-number").first()
    return parse_terms(Payload(policy.terms, "terms")) if policy else Terms()


def credit_of(order_ref: str) -> "tuple[str, dict[str, Fraction], dict[str, Enrollment]]":
    """Return the decision in force of an order: its id, each enrollment's exact part, the enrollments by id.

    Empty where the order is not decided yet.
    """
    attribution = attribution_of_order(order_ref)
    if attribution is None:
        return "", {}, {}
    found = list(shares_of(attribution))
    parts = {share.enrollment.public_id: fraction_of(share) for share in found}
    return attribution.public_id, parts, {share.enrollment.public_id: share.enrollment for share in found}


def disputes_against(order_ref: str, enrollment_id: int) -> list[CreditDispute]:
    """Return the open claims on a sale by which a deal would lose, with claimant and parties, oldest first."""
    found = all_disputes().filter(order_ref=order_ref, state__in=HEARD, parties__enrollment=enrollment_id)
    return list(found.order_by("pk"))


def losses_at_opening(dispute: CreditDispute) -> dict[str, Fraction]:
    """Return which part of its share each counterparty (public id) would lose, as it was when the claim was opened."""
    shares = {party.enrollment.public_id: Fraction(party.share) for party in dispute.parties.all()}
    claimant = dispute.claimant.public_id
    return losses(shares | {claimant: Fraction(dispute.had)}, claimant, Fraction(dispute.claimed))


def count_waiting(partner_ref: str) -> int:
    """Return how many claims of a partner wait for an operator to look which sale they mean."""
    return CreditDispute.objects.filter(claimant__partner_ref=partner_ref, state=DisputeState.SUBMITTED).count()


def had_part(order_ref: str, partner_ref: str) -> bool:
    """Return whether a touch, code or deal of a partner was considered for a sale, or the partner earned on it.

    Of any other sale a partner must not learn anything, not even that it exists.
    """
    own = {enrollment.public_id for enrollment in enrollments_of_partner(partner_ref)}
    considered = decisions_considering(own).filter(order_ref=order_ref).exists()
    return considered or commissions_of_order(order_ref).filter(partner_ref=partner_ref).exists()


def outcomes(*, since: datetime | None, until: datetime | None, partner_ref: str = "") -> dict[str, int]:
    """Count the claims opened in a span by how they ended: an outcome, `withdrawn` or `open`."""
    asked = Q()
    if since:
        asked &= Q(opened_at__gte=since)
    if until:
        asked &= Q(opened_at__lt=until)
    if partner_ref:
        asked &= Q(claimant__partner_ref=partner_ref)
    counted: dict[str, int] = {}
    for state, outcome, count in (
        CreditDispute.objects.filter(asked).values_list("state", "outcome").annotate(Count("pk")).order_by()
    ):
        word = outcome or ("open" if DisputeState(state).is_open else str(state))
        counted[word] = counted.get(word, 0) + count
    return counted
