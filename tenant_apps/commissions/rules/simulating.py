"""Sales and refunds of a time once more under other terms, by the very rules that paid them; books nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

from tenant_apps.commissions.rules.clawback import FULL, ClawbackTerms
from tenant_apps.commissions.rules.commission import CommissionLine, commission_for
from tenant_apps.commissions.rules.counters import (
    Counts,
    looking_back,
    name_in_all,
    name_of_cap,
    progress_seen,
    totals_of,
    window_of,
)
from tenant_apps.commissions.rules.limits import Room
from tenant_apps.commissions.rules.pay import amount_text
from tenant_apps.commissions.rules.period import PeriodLine, line_of_period, period_entry
from tenant_apps.commissions.rules.reversal import Difference, Return, difference_for, part_back
from tenant_apps.commissions.rules.sale import Progress, Sale
from tenant_apps.commissions.rules.standing import Span, Standing
from tenant_apps.commissions.rules.steps import Step
from tenant_apps.commissions.rules.terms import Bonus, Cap, CapScope, Contract, Counter, Rule
from tenant_apps.commissions.states import Kind

UNSAVED = 2**53 - 1
"""The key of terms that no version has: later than every version."""


@dataclass(frozen=True, slots=True)
class Version:
    """Terms in play: a version of a contract by its primary key, or terms that are only tried."""

    key: int
    contract: Contract
    clawback: ClawbackTerms = FULL
    is_tried: bool = False

    @property
    def rank(self) -> tuple[bool, int]:
        """The newest terms come last; those that are tried are newer than all others."""
        return (self.is_tried, self.key)


@dataclass(frozen=True, slots=True)
class Seller:
    """Whose sale it is, to which customer, in which order."""

    enrollment: int
    partner: str
    currency: str
    customer: int
    order: str

    @property
    def deal(self) -> tuple[int, str]:
        """What counts together."""
        return (self.enrollment, self.currency)

    @property
    def purse(self) -> tuple[str, str]:
        """What caps per partner count together."""
        return (self.partner, self.currency)


@dataclass(slots=True)
class Original:
    """An earning or a level as it would have been, and what of it is taken back so far.

    `back` is the part of its money that returns count as gone, `level` 0 for an earning.
    """

    seller: Seller
    line: str
    rule: str
    version: int
    share: Fraction
    net_minor: int
    base_minor: int
    amount_minor: int
    sold_at: datetime
    level: int = 0
    beside: Fraction = Fraction(0)
    back: Fraction = Fraction(0)
    taken_minor: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """A line that a whole period is due: its rule or bonus, the period, when it was written."""

    seller: Seller
    rule: str
    period: str
    at: datetime
    line: PeriodLine


@dataclass
class World:
    """What deals and partners have, as it would have been; every step moves it on.

    Only deals with a standing are moved on: whoever has none is outside of what is simulated.
    """

    span: Span
    standings: dict[tuple[int, str], Standing] = field(default_factory=dict)
    purses: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    versions: dict[int, dict[int, Version]] = field(default_factory=lambda: defaultdict(dict))
    _order: str = ""
    _of_order: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def sell(
        self, version: Version, seller: Seller, sale: Sale, *, only: Collection[str]
    ) -> list[tuple[CommissionLine, Original]]:
        """Return what a share of a sale would earn on these lines of it, counted from now on."""
        self.versions[seller.enrollment][version.key] = version
        told = replace(sale, progress=self.progress(version, seller, sale.at), only=frozenset(only))
        earned = commission_for(contract=version.contract, sale=told).lines
        written = []
        for sold, line in zip(told.priced, earned, strict=True):
            original = Original(
                seller=seller, line=line.line, rule=line.rule or "", version=version.key, share=sale.share,
                net_minor=line.base_minor, base_minor=sold.gross_minor - sold.discount_minor,
                amount_minor=line.amount_minor, sold_at=sale.at, beside=line.beside,
            )  # fmt: skip
            self._count(original)
            written.append((line, original))
        return written

    def progress(self, version: Version, seller: Seller, at: datetime) -> dict[str, Progress]:
        """Return what the rules of these terms have seen of the deal before a sale."""
        standing, counts, used = self.standings[seller.deal], {}, dict[str, int]()
        for rule in looking_back(version.contract):
            if rule.tiers:
                seen = standing.kept if rule.trued_up else standing.sold
                counts[rule.id] = seen.get((rule.id, window_of(rule.counter, at, self.span.zone).key), {})
            used |= self._used(rule, seller, at, apart_from_order=True)
        return progress_seen(version.contract, counts=counts, used=used, version=version.key)

    def add_level(self, original: Original) -> None:
        """Count what a level earns: only caps per partner feel it."""
        self._pay(original.seller, original.rule, original.sold_at, original.amount_minor, is_level=True)

    def add_written(self, seller: Seller, rule: str, at: datetime, minor: int) -> None:
        """Count a line that is taken as it was written: only caps feel it."""
        self._pay(seller, rule, at, minor)

    def give_back(
        self, original: Original, terms: ClawbackTerms, returns: Sequence[Return], *, whole: Sequence[Return]
    ) -> Difference:
        """Bring what is taken back of a line to what its returns ask for; return the difference.

        `whole` is what of the order came back, if all of it did: a line that was given away goes back with the last
        of it.
        """
        base, due = original.base_minor, returns
        if not base:
            base, due = 1, [max(whole, key=lambda each: each.since(original.sold_at))] if whole else []
        found = difference_for(
            commission_minor=original.amount_minor, base_minor=base, returns=due, sold_at=original.sold_at,
            terms=terms, taken_minor=original.taken_minor, was_payable=False,
        )  # fmt: skip
        original.taken_minor = found.due_minor
        self._pay(original.seller, original.rule, original.sold_at, found.amount_minor, is_level=bool(original.level))
        if not original.level:
            part = Fraction(len(due)) if not original.base_minor else part_back(
                base_minor=base, returns=due, sold_at=original.sold_at, terms=terms
            )  # fmt: skip
            self._uncount(original, part, found.amount_minor)
        return found

    def true_up(
        self, seller: Seller, entries: Iterable[Rule | Bonus], *, sold_at: datetime, at: datetime
    ) -> list[Whole]:
        """Bring the periods of a sale to what they are due; return the lines that were missing."""
        standing, written = self.standings[seller.deal], []
        for entry in entries:
            window = window_of(entry.counter, sold_at, self.span.zone)
            if not self.span.reaches(window):
                continue
            booked = standing.booked[entry.id, window.key]
            keys = standing.versions[window.key] | set(booked)
            known = sorted((self.versions[seller.enrollment][key] for key in keys), key=lambda each: each.rank)
            terms = [(each, found) for each in known if (found := period_entry(each.contract, entry.id))]
            for version, found in terms if isinstance(entry, Rule) else terms[-1:]:
                line = self._missing(version, found, booked, seller, sold_at, window.key)
                if line is None:
                    continue
                booked[version.key] += line.amount_minor
                if line.kind is Kind.TRUE_UP:
                    self._pay(seller, entry.id, at, line.amount_minor)
                written.append(Whole(seller, entry.id, window.key, at, line))
        return written

    def entries_of(self, original: Original) -> list[Rule | Bonus]:
        """Return what of an earning's terms pays whole periods and feels it."""
        if not original.rule or original.level:
            return []
        contract = self.versions[original.seller.enrollment][original.version].contract
        return [*(rule for rule in contract.rules if rule.id == original.rule and rule.trued_up), *contract.bonuses]

    def _missing(
        self, version: Version, entry: Rule | Bonus, booked: Mapping[int, int], seller: Seller, sold_at: datetime,
        period: str,
    ) -> PeriodLine | None:  # fmt: skip
        standing = self.standings[seller.deal]
        counted = window_of(entry.counter, sold_at, self.span.zone).key
        if isinstance(entry, Rule):
            totals = totals_of(standing.kept.get((entry.id, counted), {}), version.key)
            used = self._used(entry, replace(seller, customer=0), sold_at, apart_from_order=False)
            caps = tuple(used[name_of_cap(entry, number)] for number, _ in enumerate(entry.limits.caps))
            room = Room.of(entry.limits, Progress(used_minor=used.get(name_in_all(entry), 0), cap_used=caps))
            paid = booked.get(version.key, 0)
        else:
            totals, room, paid = totals_of(_all_rules(standing, counted), None), Room(()), sum(booked.values())
        return line_of_period(
            entry, totals=totals, booked_minor=paid, room=room, currency=seller.currency, period=period
        )

    def _count(self, original: Original) -> None:
        standing = self.standings[original.seller.deal]
        for period in self.span.periods_of(original.sold_at):
            standing.versions[period].add(original.version)
            if original.rule:
                key = (original.rule, period)
                standing.count(key, original.version, original.share, original.net_minor)
                standing.kept[key][original.version].beside += original.beside
                standing.booked[key][original.version] += original.amount_minor
        self._pay(original.seller, original.rule, original.sold_at, original.amount_minor)

    def _uncount(self, original: Original, part: Fraction, taken_minor: int) -> None:
        """Take off what is back by now beyond what was taken off before."""
        standing = self.standings.get(original.seller.deal)
        if standing is not None and original.rule:
            for period in self.span.periods_of(original.sold_at):
                kept = standing.kept[original.rule, period][original.version]
                kept.give_back(original.share, original.net_minor, part, before=original.back)
                kept.beside -= original.beside * (part - original.back)
                standing.booked[original.rule, period][original.version] += taken_minor
        original.back = part

    def _pay(self, seller: Seller, rule: str, at: datetime, minor: int, *, is_level: bool = False) -> None:
        standing, purse = self.standings.get(seller.deal), self.purses.get(seller.purse)
        if seller.order != self._order:
            self._order, self._of_order = seller.order, {}
        for period in self.span.periods_of(at):
            if standing is not None:
                standing.paid[rule, period] += minor
                standing.of_customers[rule, period, seller.customer] += minor
            if purse is not None:
                purse[period] = purse.get(period, 0) + minor
                if is_level:
                    own = self._of_order.setdefault(seller.purse, defaultdict(int))
                    own[period] += minor

    def _used(self, rule: Rule, seller: Seller, at: datetime, *, apart_from_order: bool) -> dict[str, int]:
        """Return what is used of a rule's caps by their names; levels on a sale's own order do not count against it."""
        standing, used = self.standings[seller.deal], {}
        if rule.limits.cap_minor is not None:
            used[name_in_all(rule)] = standing.paid[rule.id, Counter.LIFETIME.value]
        for number, cap in enumerate(rule.limits.caps):
            used[name_of_cap(rule, number)] = self._used_of(cap, rule, seller, at, apart_from_order)
        return {name: max(0, minor) for name, minor in used.items()}

    def _used_of(self, cap: Cap, rule: Rule, seller: Seller, at: datetime, apart_from_order: bool) -> int:
        standing, period = self.standings[seller.deal], window_of(cap.period, at, self.span.zone).key
        match cap.per:
            case CapScope.PARTNER:
                own = self._of_order.get(seller.purse, {}) if apart_from_order and seller.order == self._order else {}
                return self.purses[seller.purse].get(period, 0) - own.get(period, 0)
            case CapScope.CUSTOMER:
                return standing.of_customers[rule.id, period, seller.customer]
            case CapScope.PERIOD:
                return standing.paid[rule.id, period]
            case CapScope.ORDER:
                return 0


def _all_rules(standing: Standing, period: str) -> Counts:
    """Return what is left of a period under all rules together; a bonus does not ask by which version."""
    counted = [each for (_, key), found in standing.kept.items() if key == period for each in found.values()]
    return dict(enumerate(counted))


def steps_of_return(original: Original, found: Difference, back_minor: int, sold_in: str) -> list[Step]:
    """Return the steps from what came back of a line, in the sale's currency, to what is taken back of it."""
    currency = original.seller.currency
    return [
        Step("commission", {"amount": amount_text(original.amount_minor, currency)}),
        Step("paid_by_customer", {"amount": amount_text(original.base_minor, sold_in)}),
        Step("back_with_customer", {"amount": amount_text(min(original.base_minor, back_minor), sold_in)}),
        Step("to_take_back", {"amount": amount_text(found.due_minor, currency)}),
    ]
