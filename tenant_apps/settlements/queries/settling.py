from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING

from django.db.models import Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from kernel.periods import Period as Span
from shared_apps.brands.entering import entered_brand
from shared_apps.partners.queries import (
    PayoutProfile,
    payout_accounts,
    payout_profiles,
    payouts_frozen_until,
    profiles_gaps,
)
from shared_apps.partners.states import AccountKind, PayoutMethod
from tenant_apps.catalog.queries import currencies_of_prices, product_codes
from tenant_apps.commissions.queries import first_to_settle, payable_commissions
from tenant_apps.programs.queries import campaigns_of_links, partners_enrolled
from tenant_apps.programs.rules import Known
from tenant_apps.settlements.banking import Creditor, unpayable
from tenant_apps.settlements.calendar import brand_calendar
from tenant_apps.settlements.models import (
    BatchItem,
    CadenceChange,
    PayingAccount,
    Payout,
    PayoutBatch,
    Period,
    Settlement,
    SettlementLine,
    Statement,
)
from tenant_apps.settlements.rules.calendar import label_of
from tenant_apps.settlements.rules.payouts import Blocked, Readiness, blocked_because
from tenant_apps.settlements.states import BatchMethod, PayoutState, PeriodState, SettlementState
from tenant_apps.tracking.queries import campaigns_seen, site_names

if TYPE_CHECKING:
    from tenant_apps.commissions.models import Commission


@dataclass(frozen=True, slots=True)
class Candidate:
    """A settlement that waits to be paid out: where to, and why it cannot leave (`refused`: what no bank takes)."""

    settlement: Settlement
    profile: PayoutProfile | None
    account: str
    gaps: tuple[str, ...]
    frozen_until: datetime | None
    blocked: Blocked | None = None
    refused: str = ""

    @property
    def purpose(self) -> str:
        """What the partner reads on its account: the statement's number and the brand."""
        issued = list(self.settlement.statements.all())
        return f"{issued[0].number if issued else self.settlement.period.label} {entered_brand().name}"

    def blocked_by(self, method: BatchMethod, at: datetime) -> Blocked | None:
        """Return what keeps it out of a batch of this method."""
        way = self.profile.method.value if self.profile else ""
        ready = Readiness(gaps=self.gaps, way=way, frozen_until=self.frozen_until, refused=self.refused_by(method))
        return blocked_because(ready, method=method, at=at)

    def refused_by(self, method: BatchMethod) -> str:
        """Return why no bank would take it."""
        if self.profile is None or not method.has_file or self.profile.method is not PayoutMethod.BANK:
            return ""
        creditor = Creditor(
            reference="", name=self.profile.holder, account=self.account, bic=self.profile.bic,
            is_iban=self.profile.account_kind is AccountKind.IBAN, amount_minor=self.settlement.payout_minor,
            currency=self.settlement.currency, purpose="",
        )  # fmt: skip
        return unpayable(creditor, sepa=method is BatchMethod.SEPA)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPeriod:
    """A period that has ended and can be closed: its label and bounds."""

    label: str
    starts_at: datetime
    ends_at: datetime


def open_periods(at: datetime) -> list[OpenPeriod]:
    """Return the periods that may be closed at an instant, the earliest first.

    From the period after the last closed one, or that of the first line to settle, to the last that has
    ended; none when there never was a line.
    """
    last = Period.objects.filter(state=PeriodState.CLOSED).order_by("-ends_at").first()
    first = last.ends_at if last else first_to_settle(at)
    if first is None:
        return []
    return [_open(period) for period in brand_calendar().between(first, at)]


def closed_periods() -> QuerySet[Period]:
    """Return the closed periods, the latest first."""
    return Period.objects.filter(state=PeriodState.CLOSED).order_by("-starts_at")


def period_by_label(label: str) -> Period | None:
    """Return the period with this label (2026-05, 2026-05-H1, 2026-W21) once it was closed."""
    return Period.objects.filter(label=label).first()


def closed_until() -> datetime | None:
    """Return the end of the last closed period, None before the first close."""
    end: datetime | None = Period.objects.filter(state=PeriodState.CLOSED).aggregate(end=Max("ends_at"))["end"]
    return end


def period_before(period: Period) -> Period | None:
    """Return the last closed period before this one: whoever was left a balance has a settlement in it."""
    closed = Period.objects.filter(state=PeriodState.CLOSED, ends_at__lte=period.starts_at)
    return closed.order_by("-ends_at").first()


def cadence_changes() -> QuerySet[CadenceChange]:
    """Return how the brand cut time into periods, the latest change first."""
    return CadenceChange.objects.order_by("-starts_at")


def unsettled(before: datetime) -> "QuerySet[Commission]":
    """Return the commissions that became payable before an instant and stand in no settlement yet."""
    return payable_commissions(before).filter(settlement_line=None)


def settlements() -> QuerySet[Settlement]:
    """Return all settlements with period, statements and payout, the latest first: a fixed number of queries."""
    return (
        Settlement.objects.select_related("period", "payout")
        .prefetch_related(Prefetch("statements", queryset=Statement.objects.defer("snapshot").order_by("-version")))
        .order_by("-period__starts_at", "partner_name", "currency", "pk")
    )


def settlement_by_ref(ref: str) -> Settlement | None:
    """Return a settlement by its public id, with period, statements and payout."""
    return settlements().filter(public_id=ref).first()


def lines_of(settlement: Settlement) -> QuerySet[SettlementLine]:
    """Return a settlement's lines with their commissions, in the order they are printed."""
    return settlement.lines.select_related("commission").order_by("commission__accrued_at", "commission_id")


def issued_lines() -> QuerySet[SettlementLine]:
    """Return the lines of all issued settlements with their commissions; `number` is their latest statement's."""
    latest = Statement.objects.filter(settlement=OuterRef("settlement")).order_by("-version").values("number")[:1]
    issued = [state for state in SettlementState if state.is_issued]
    return (
        SettlementLine.objects.select_related("settlement__period", "commission__reverses")
        .filter(settlement__state__in=issued)
        .annotate(number=Subquery(latest))
        .order_by("pk")
    )


def settlements_before(settlement: Settlement) -> QuerySet[Settlement]:
    """Return the earlier settlements of the same partner and currency, the latest first."""
    return Settlement.objects.filter(
        partner_ref=settlement.partner_ref, currency=settlement.currency, pk__lt=settlement.pk
    ).order_by("-pk")


def chain_of(settlement: Settlement) -> list[Settlement]:
    """Return the settlements whose balances were carried into this one, locked, the earliest first."""
    earlier = settlements_before(settlement).select_for_update().iterator(chunk_size=50)
    return list(takewhile(lambda each: each.state == SettlementState.CARRIED, earlier))[::-1]


def why_unpaid(settlement: Settlement) -> str:
    """Return why a settlement pays nothing: `below_minimum`, `negative`, `balanced`, or empty when it pays."""
    if settlement.payout_minor:
        return ""
    balance = settlement.closing_minor
    if balance == 0:
        return "balanced"
    return "negative" if balance < 0 else "below_minimum"


def statements() -> QuerySet[Statement]:
    """Return all statements with settlement, period and credit note, the latest first, without their snapshots."""
    issued = Statement.objects.select_related("settlement__period", "credit_note")
    return issued.defer("snapshot", "credit_note__snapshot").order_by("-pk")


def statement_by_ref(ref: str) -> Statement | None:
    """Return a statement by its public id; its snapshot, which may be long, is read when it is asked for."""
    return Statement.objects.select_related("settlement__period").defer("snapshot").filter(public_id=ref).first()


def statements_of_partner(partner_ref: str) -> QuerySet[Statement]:
    """Return a partner's statements at this brand, the latest first."""
    return statements().filter(settlement__partner_ref=partner_ref)


def payout_by_ref(ref: str) -> Payout | None:
    """Return a payout by its public id, with its settlement."""
    return Payout.objects.select_related("settlement__period").filter(public_id=ref).first()


def payout_of(settlement: Settlement) -> Payout | None:
    """Return the payout of a settlement, None before one was planned."""
    return Payout.objects.select_related("settlement__period").filter(settlement=settlement).first()


def payouts() -> QuerySet[Payout]:
    """Return all payouts with settlement and period, the latest first."""
    return Payout.objects.select_related("settlement__period").order_by("-pk")


def awaiting_payout(currency: str) -> QuerySet[Settlement]:
    """Return the issued settlements in a currency whose money is still here: not planned, not sent, or come back."""
    owed = Settlement.objects.filter(state=SettlementState.ISSUED, payout_minor__gt=0, currency=currency)
    free = owed.filter(Q(payout=None) | Q(payout__state=PayoutState.FAILED))
    numbered = Prefetch("statements", queryset=Statement.objects.defer("snapshot").order_by("-version"))
    return free.select_related("period", "payout").prefetch_related(numbered).order_by("pk")


def payout_candidates(*, method: BatchMethod, currency: str, at: datetime) -> list[Candidate]:
    """Return what waits to be paid out, each with why it cannot leave by this method now; a fixed number of queries.

    `at` is by the world's clock, as a frozen profile is.
    """
    waiting = list(awaiting_payout(currency))
    refs = {settlement.partner_ref for settlement in waiting}
    gaps, frozen, profiles = profiles_gaps(refs), payouts_frozen_until(refs), payout_profiles(refs)
    accounts = payout_accounts(refs) if method.has_file else {}
    rows = []
    for settlement in waiting:
        ref = settlement.partner_ref
        row = Candidate(settlement, profiles.get(ref), accounts.get(ref, ""), tuple(gaps[ref]), frozen.get(ref))
        rows.append(replace(row, blocked=row.blocked_by(method, at), refused=row.refused_by(method)))
    return rows


def batches() -> QuerySet[PayoutBatch]:
    """Return all batches with their file and account, the latest first."""
    return PayoutBatch.objects.select_related("file", "account").order_by("-pk")


def batch_by_ref(ref: str) -> PayoutBatch | None:
    """Return a batch by its public id."""
    return batches().filter(public_id=ref).first()


def items_of(batch: PayoutBatch) -> QuerySet[BatchItem]:
    """Return a batch's rows with their payouts, in the order of its file."""
    return batch.items.select_related("payout__settlement__period").order_by("position")


def paying_account() -> PayingAccount | None:
    """Return the brand's bank account that pays partners; None before it was said."""
    return PayingAccount.objects.order_by("-pk").first()


def _open(period: Span) -> OpenPeriod:
    return OpenPeriod(label=label_of(period), starts_at=period.start, ends_at=period.end)


def known_to_terms() -> Known:
    """What contract terms may name at this brand, and since when the books are open: every door asks it here.

    It stands here because only what closes periods, and lies above websites and offers, knows all of it.
    """
    return Known(
        product=frozenset(product_codes()), site=frozenset(site_names()),
        campaign=frozenset(campaigns_of_links() | campaigns_seen()), partner=frozenset(partners_enrolled()),
        currencies=frozenset(currencies_of_prices() | {entered_brand().currency}), open_since=closed_until(),
    )  # fmt: skip
