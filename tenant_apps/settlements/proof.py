"""The proof that what partners were told is what the books say: run nightly, and after every journey test."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand
from tenant_apps.commissions.queries import all_commissions, pending_mismatches
from tenant_apps.commissions.states import CommissionState
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import flaws, trial_balance
from tenant_apps.payments.queries import arrived_by_payout
from tenant_apps.settlements.documents import sha256_of
from tenant_apps.settlements.models import (
    Adjustment,
    BatchItem,
    CreditNote,
    Payout,
    Settlement,
    SettlementLine,
    Statement,
    StatementCounter,
)
from tenant_apps.settlements.states import AdjustmentState, PayoutState

if TYPE_CHECKING:
    from tenant_apps.commissions.models import Commission

Key = tuple[str, str]
Series = StatementCounter.Series
SET_OFF = ("partner_ref", "currency", "state", "amount_minor")
PRINTED = (
    "opening_minor", "earned_minor", "clawback_minor", "net_minor", "payout_minor", "closing_minor",
    "next_opening_minor", "adjustment_minor", "withholding_minor", "reserve_held_minor",
    "reserve_released_minor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that must not be: which check found it, where, what was expected and what is there."""

    check: str
    where: str
    message: str


def mismatches() -> Iterator[Mismatch]:
    """Look at the entered brand's books, settlements and statements; yield what does not fit.

    Books balance per currency; lines before payable are the pending accounts; what is owed on settlements is the
    payable accounts; what is sent is the transit accounts; what was set off stands at both brands; all that was earned
    less taken back less paid is what those accounts hold; every settlement is its lines, each of them a commission,
    and continues the one before; every payout pays what its settlement owes, and once; every statement is its
    settlement, unchanged, numbered without gaps; what was replaced is cancelled.
    """
    for flaw in flaws():
        yield Mismatch(f"ledger.{flaw.check}", flaw.where, flaw.message)
    yield from settlement_mismatches()


def settlement_mismatches() -> Iterator[Mismatch]:
    """Yield what does not fit of lines, settlements and statements, the books themselves taken as they are."""
    for text in pending_mismatches():
        yield Mismatch("pending", text.split(":")[0], text)
    books = _books()
    yield from _compared("payable", _owed(), books["partner_payable"])
    yield from _compared("in_transit", _sent(), books["payout_in_transit"])
    yield from _compared("reserve", _reserved(), books["partner_reserve"])
    yield from _compared("set_off", _set_off(), books["set_off"])
    yield from _set_offs_without_their_other_side()
    yield from _compared("conservation", _earned_and_not_paid(), _together(books))
    yield from _settlements_that_are_not_their_lines()
    yield from _lines_that_are_not_their_commissions()
    yield from _payouts_that_are_not_their_settlements()
    yield from _paid_more_than_owed()
    yield from _broken_chains()
    yield from _altered_statements()


def _books() -> dict[str, dict[Key, int]]:
    books: dict[str, dict[Key, int]] = defaultdict(dict)
    for row in trial_balance():
        account, _, partner = row.code.partition(":")
        if partner:
            books[account][partner, row.currency] = row.balance_minor
    return books


def _together(books: dict[str, dict[Key, int]]) -> dict[Key, int]:
    total: dict[Key, int] = defaultdict(int)
    for account in (chart.partner_pending, chart.partner_payable, chart.payout_in_transit, chart.partner_reserve):
        for key, amount in books[account("").code.rstrip(":")].items():
            total[key] += amount
    return total


def _owed() -> dict[Key, int]:
    """What payable lines outside settlements, carried balances and payouts not on their way add up to."""
    lines = all_commissions().filter(state=CommissionState.PAYABLE, settlement_line=None)
    owed = _summed(lines, "amount_minor")
    waiting = Settlement.objects.filter(payout_minor__gt=0).filter(
        Q(payout=None) | Q(payout__state__in=[PayoutState.PLANNED, PayoutState.FAILED])
    )
    latest = Settlement.objects.filter(partner_ref=OuterRef("partner_ref"), currency=OuterRef("currency"))
    last = Settlement.objects.filter(pk=Subquery(latest.order_by("-pk").values("pk")[:1]))
    unsettled = Adjustment.objects.filter(state=AdjustmentState.APPROVED, settlement=None)
    for part in (
        _summed(waiting, "payout_minor"), _summed(last, "next_opening_minor"), _summed(unsettled, "amount_minor")
    ):  # fmt: skip
        for key, amount in part.items():
            owed[key] += amount
    return owed


def _reserved() -> dict[Key, int]:
    """What settlements moved into the reserve less what they gave back."""
    kept = _summed(Settlement.objects.all(), "reserve_held_minor")
    for key, amount in _summed(Settlement.objects.all(), "reserve_released_minor").items():
        kept[key] -= amount
    return kept


def _set_off() -> dict[Key, int]:
    """What was set off with each other brand: the books' clearing account with it."""
    approved = Adjustment.objects.filter(kind=Adjustment.Kind.SET_OFF, state=AdjustmentState.APPROVED)
    totals = approved.order_by().values_list("other_brand", "currency").annotate(total=Sum("amount_minor"))
    return {(brand, currency): total for brand, currency, total in totals}


def _set_offs_without_their_other_side() -> Iterator[Mismatch]:
    """Each set-off stands at the other brand, decided at the same instant, with the opposite amount."""
    ours: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    rows = Adjustment.objects.filter(kind=Adjustment.Kind.SET_OFF).order_by("pk")
    for ref, brand, cause, *facts in rows.values_list("public_id", "other_brand", "cause_ref", *SET_OFF):
        ours[brand][cause] = (ref, *facts)
    for brand_ref, mine in ours.items():
        with public_entered():
            brand = Brand.objects.get(public_id=brand_ref)
        with brand_entered(brand):
            others = Adjustment.objects.filter(public_id__in=mine).values_list("public_id", "cause_ref", *SET_OFF)
            theirs = {ref: tuple(facts) for ref, *facts in others}
        for cause, (ref, partner, currency, state, minor) in mine.items():
            if theirs.get(cause) != (ref, partner, currency, state, -minor):
                yield Mismatch("set_off", ref, f"At {brand.name} its other side is {theirs.get(cause)}.")


def _sent() -> dict[Key, int]:
    return _payouts(PayoutState.IN_TRANSIT)


def _earned_and_not_paid() -> dict[Key, int]:
    """Σ lines + tax + adjustments + written off − paid; canceled lines were turned round, each by its own entry."""
    total = _summed(all_commissions().exclude(state=CommissionState.CANCELED), "amount_minor")
    for key, amount in _payouts(PayoutState.PAID).items():
        total[key] -= amount
    every = Settlement.objects.all()
    written_off = every.annotate(written_off=F("next_opening_minor") - F("closing_minor"))
    approved = Adjustment.objects.filter(state=AdjustmentState.APPROVED)
    for part in (
        _summed(every, "vat_minor"), _summed(every, "withholding_minor"), _summed(written_off, "written_off"),
        _summed(approved, "amount_minor"),
    ):  # fmt: skip
        for key, amount in part.items():
            total[key] += amount
    return total


def _payouts(state: PayoutState) -> dict[Key, int]:
    rows = (
        Payout.objects.filter(state=state)
        .values_list("settlement__partner_ref", "currency").annotate(total=Sum("amount_minor")).order_by()
    )  # fmt: skip
    return {(partner, currency): total for partner, currency, total in rows}


def _summed(rows: "QuerySet[Settlement] | QuerySet[Commission] | QuerySet[Adjustment]", field: str) -> dict[Key, int]:
    totals = rows.order_by().values_list("partner_ref", "currency").annotate(total=Sum(field))
    return defaultdict(int, {(partner, currency): total for partner, currency, total in totals})


def _compared(check: str, expected: dict[Key, int], found: dict[Key, int]) -> Iterator[Mismatch]:
    for key in sorted(expected.keys() | found.keys()):
        wanted, booked = expected.get(key, 0), found.get(key, 0)
        if wanted != booked:
            where = " ".join(key)
            yield Mismatch(check, where, f"{where}: settlements and lines say {wanted}, the ledger {booked}.")


def _settlements_that_are_not_their_lines() -> Iterator[Mismatch]:
    earning = Q(lines__commission__reverses=None)
    rows = Settlement.objects.annotate(
        plus=Sum("lines__amount_minor", filter=earning, default=0),
        minus=Sum("lines__amount_minor", filter=~earning, default=0),
    )
    for settlement in rows.exclude(plus=F("earned_minor"), minus=F("clawback_minor")).order_by("pk"):
        said = (settlement.earned_minor, settlement.clawback_minor)
        yield Mismatch("lines", settlement.public_id, f"Says {said}, its lines {(settlement.plus, settlement.minus)}.")


def _lines_that_are_not_their_commissions() -> Iterator[Mismatch]:
    """A line names a settlement and a commission of its partner, currency and amount: no foreign key says so."""
    whose = Settlement.objects.filter(
        pk=OuterRef(OuterRef("settlement_id")), partner_ref=OuterRef("partner_ref"), currency=OuterRef("currency")
    )
    same = all_commissions().filter(Exists(whose), pk=OuterRef("commission_id"), amount_minor=OuterRef("amount_minor"))
    for line in SettlementLine.objects.exclude(Exists(same)).order_by("pk"):
        told = f"In settlement {line.settlement_id} with {line.amount_minor}, but there is no such commission there."
        yield Mismatch("line", str(line.pk), told)


def _payouts_that_are_not_their_settlements() -> Iterator[Mismatch]:
    payouts = Payout.objects.exclude(amount_minor=F("settlement__payout_minor"), currency=F("settlement__currency"))
    for payout in payouts.select_related("settlement").order_by("pk"):
        owed = f"{payout.settlement.payout_minor} {payout.settlement.currency}"
        yield Mismatch("payout", payout.public_id, f"Pays {payout.amount_minor} {payout.currency}, owed is {owed}.")
    moved = BatchItem.objects.exclude(amount_minor=F("payout__amount_minor"), currency=F("payout__currency"))
    for item in moved.order_by("pk"):
        yield Mismatch("payout", item.reference, f"Its batch sends {item.amount_minor} {item.currency}.")


def _paid_more_than_owed() -> Iterator[Mismatch]:
    """What arrived of all transfers of a payout and did not come back is never more than the payout."""
    arrived = arrived_by_payout()
    amounts = dict(Payout.objects.filter(public_id__in=arrived).values_list("public_id", "amount_minor"))
    for ref, minor in sorted(arrived.items()):
        if minor > amounts.get(ref, 0):
            yield Mismatch("paid_twice", ref, f"{minor} arrived of a payout of {amounts.get(ref, 0)}.")


def _broken_chains() -> Iterator[Mismatch]:
    balances = Settlement.objects.order_by("partner_ref", "currency", "pk").values_list(
        "partner_ref", "currency", "public_id", "opening_minor", "next_opening_minor"
    )
    for before, after in pairwise([("", "", "", 0, 0), *balances]):
        expected = before[4] if before[:2] == after[:2] else 0
        if after[3] != expected:
            yield Mismatch("opening", after[2], f"Opens with {after[3]}, the settlement before left {expected}.")


def _altered_statements() -> Iterator[Mismatch]:
    statements = Statement.objects.select_related("settlement", "credit_note").order_by("settlement_id", "-version")
    later: Statement | None = None
    for statement in statements.iterator(chunk_size=200):
        replaced = later is not None and later.settlement_id == statement.settlement_id
        yield from _versions(statement, later if replaced else None)
        later = statement
        if sha256_of(statement.snapshot) != statement.sha256:
            yield Mismatch("hash", statement.number, "The snapshot is not what was issued.")
        said = [name for name in PRINTED if statement.snapshot[name] != getattr(statement.settlement, name)]
        if statement.snapshot["vat_minor"] - statement.snapshot["vat_later_minor"] != statement.settlement.vat_minor:
            said.append("vat_minor")
        if said:
            yield Mismatch("statement", statement.number, f"Differs from its settlement in {', '.join(said)}.")
    for series, table in ((Series.STATEMENT, Statement), (Series.CREDIT_NOTE, CreditNote)):
        handed_out = StatementCounter.objects.filter(series=series).values_list("last", flat=True).first() or 0
        count = table._default_manager.count()
        if handed_out != count:
            yield Mismatch("numbers", series.label, f"{handed_out} numbers were handed out for {count} documents.")


def _versions(statement: Statement, later: Statement | None) -> Iterator[Mismatch]:
    """A version that was replaced is cancelled by one credit note of its own amounts; the latest by none."""
    note: CreditNote | None = getattr(statement, "credit_note", None)
    if (note is None) != (later is None) or (later is not None and later.version != statement.version + 1):
        yield Mismatch("credit_note", statement.number, "Its versions and credit notes do not follow each other.")
    if note is None:
        return
    if sha256_of(note.snapshot) != note.sha256:
        yield Mismatch("hash", note.number, "The snapshot is not what was issued.")
    sums = [note.snapshot[name] + statement.snapshot[name] for name in ("net_minor", "vat_minor")]
    if any(sums) or note.snapshot["cancels"]["sha256"] != statement.sha256:
        yield Mismatch("credit_note", note.number, f"Does not turn {statement.number} round whole.")
