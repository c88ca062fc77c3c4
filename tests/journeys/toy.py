"""A toy of the money engine: plain lists, whole numbers and fractions, and not a line of the product's code.

It is written from the rules as people read them (PRODUCT.md's settlement statuses, the preview contract), so that
two independent tellings of one rule can disagree. `tests/journeys/test_machine.py` compares them after every step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

BEFORE_PAYABLE = ("pending", "confirmed", "hold")
AFTER_PAYABLE = ("payable", "paid")
ORIGINAL = ("earning", "adjustment")
HEARING = timedelta(days=14)


def half_away(exact: Fraction) -> int:
    """Round half away from zero."""
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    rounded = whole + (2 * rest >= exact.denominator)
    return rounded if exact >= 0 else -rounded


@dataclass
class Sale:
    """An order: what was paid, by whom it was brought, what went back, what a bank holds back."""

    key: str
    total: int
    units: int
    paid_at: datetime
    touches: list[str]
    first_at: datetime
    is_first: bool
    agents: list[str] = field(default_factory=list)
    award: dict[str, Fraction] | None = None
    refunded: int = 0
    disputed: dict[str, int] = field(default_factory=dict)
    fulfilled_at: datetime | None = None

    @property
    def back(self) -> int:
        return min(self.total, self.refunded + sum(self.disputed.values()))


@dataclass
class Terms:
    """From an instant on: what a whole sale pays, how long money is held, whether customers keep the terms."""

    since: datetime
    pays: Callable[[Sale], Fraction]
    hold: timedelta
    pinned: bool


@dataclass(eq=False)
class Line:
    """A commission line: what it is, whose, how much, where it stands, and which line it follows."""

    partner: str
    kind: str
    amount: int
    state: str
    order: str
    matures_at: datetime
    terms: Terms
    confirmed_at: datetime | None = None
    payable_at: datetime | None = None
    follows: "Line | None" = None
    head: "Line | None" = None
    part_of: "Line | None" = None
    claim: "Claim | None" = None
    fraction: Fraction = Fraction(0)
    frozen: bool = False
    void: bool = False
    settled: bool = False


@dataclass(eq=False)
class Claim:
    """A partner's word that a sale was partly its own."""

    key: str
    claimant: str
    had: Fraction
    claimed: Fraction
    proven: bool
    has_losers: bool
    hear_until: datetime


@dataclass
class Settled:
    """One month of one partner."""

    month: str
    partner: str
    opening: int
    earned: int
    taken: int
    adjusted: int
    payout: int
    closing: int
    lines: list[Line]
    state: str = "draft"
    sent: str = ""

    @property
    def row(self) -> tuple[str, str, int, int, int, int, int, int, str]:
        sums = (self.opening, self.earned, self.taken, self.adjusted, self.payout, self.closing)
        return (self.month, self.partner, *sums, self.state)


class Toy:
    """The whole world: partners with terms, sales, lines, claims, settlements; every verb is a plain loop."""

    def __init__(self, minimum: int, model: str) -> None:
        self.minimum, self.model = minimum, model
        self.terms: dict[str, list[Terms]] = {}
        self.sales: dict[str, Sale] = {}
        self.customers: dict[str, datetime] = {}
        self.lines: list[Line] = []
        self.claims: list[Claim] = []
        self.settlements: list[Settled] = []
        self.bank: dict[str, int] = {}
        self.adjustments: list[tuple[str, int]] = []
        self.adjusted: dict[str, int] = {}

    def agree(self, partner: str, terms: Terms) -> None:
        """Terms from an instant on."""
        self.terms.setdefault(partner, []).append(terms)

    # Selling and deciding who brought it.

    def sell(self, key: str, customer: str, total: int, units: int, touches: list[str], at: datetime) -> None:
        """A paid order earns what its touches' partners are due."""
        first_at = self.customers.get(customer, at)
        sale = Sale(key, total, units, at, list(touches), first_at, customer not in self.customers)
        self.customers.setdefault(customer, at)
        self.sales[key] = sale
        for partner, share in self.shares(sale).items():
            self.earn(sale, partner, share, at)

    def shares(self, sale: Sale) -> dict[str, Fraction]:
        """Who brought it: as a person said; of agents before others the last takes all, or all the same for each."""
        if sale.award is not None:
            return sale.award
        touches = sale.agents or sale.touches
        if not touches:
            return {}
        if self.model == "last":
            return {touches[-1]: Fraction(1)}
        each = Fraction(1, len(touches))
        return {partner: each * touches.count(partner) for partner in dict.fromkeys(touches)}

    def terms_of(self, sale: Sale, partner: str) -> Terms:
        """Customers keep the terms of their first charge while these are pinned."""
        then, now = ([each for each in self.terms[partner] if each.since <= at][-1]
                     for at in (sale.first_at, sale.paid_at))  # fmt: skip
        return then if then.pinned else now

    def earn(self, sale: Sale, partner: str, share: Fraction, at: datetime) -> None:
        """Write what a share earns, of what is not back with the customer."""
        terms = self.terms_of(sale, partner)
        line = Line(partner, "earning", half_away(terms.pays(sale) * share), "pending", sale.key,
                    sale.paid_at + terms.hold, terms)  # fmt: skip
        if sale.fulfilled_at:
            line.state, line.confirmed_at = "confirmed", max(at, sale.fulfilled_at)
        self.lines.append(line)
        self.bring([line], at)

    def award(self, key: str, shares: dict[str, Fraction], at: datetime) -> None:
        """A person says who has which part."""
        before, self.sales[key].award = self.shares(self.sales[key]), shares
        if shares != before:
            self.earn_anew(self.sales[key], at)

    def credit_agent(self, key: str, partner: str, at: datetime) -> None:
        """An operator says later that an agent sold it, after all agents before."""
        before = self.shares(self.sales[key])
        self.sales[key].agents.append(partner)
        if self.shares(self.sales[key]) != before:
            self.earn_anew(self.sales[key], at)

    def earn_anew(self, sale: Sale, at: datetime) -> None:
        """Whoever is due the same keeps the line; everything else is taken back whole and earned anew."""
        shares = self.shares(sale)
        for line in [each for each in self.earnings(sale.key) if not each.void]:
            share, parts = shares.get(line.partner, Fraction(0)), self.parts(line)
            terms = self.terms_of(sale, line.partner)
            same = share and (line.amount, line.terms) == (half_away(terms.pays(sale) * share), terms)
            if same and not any(part.state == "canceled" for part in parts):
                shares = {partner: each for partner, each in shares.items() if partner != line.partner}
                continue
            claims = {part.claim: part.fraction for part in parts if part.frozen}
            self.void(line, at)
            if share:
                self.earn(sale, line.partner, share, at)
                for claim, fraction in claims.items():
                    self.freeze(sale.key, line.partner, fraction, claim, at)
            shares = {partner: each for partner, each in shares.items() if partner != line.partner}
        for partner, share in shares.items():
            self.earn(sale, partner, share, at)

    def void(self, head: Line, at: datetime) -> None:
        """Take back what is left of a line, of what goes with it, and of the parts a claim split off."""
        if head.void or head.state == "canceled":
            return
        members = self.group(head)
        for line in members:
            if line.kind in ORIGINAL:
                self.write(line, head, -self.left(line), at)
            line.void = True
        if head.state in BEFORE_PAYABLE:
            for line in self.group(head):
                line.state = "refunded"
        for part in [each for each in self.lines if each.part_of in members and each.head is None]:
            self.void(part, at)

    # Money that goes back to the customer, and comes again.

    def deliver(self, key: str, at: datetime) -> None:
        """Delivered: what waits is confirmed."""
        self.sales[key].fulfilled_at = at
        for line in self.heads(key):
            if line.state == "pending":
                for member in self.group(line):
                    member.state, member.confirmed_at = "confirmed", at

    def refund(self, key: str, amount: int, at: datetime) -> None:
        """Money went back to the customer."""
        self.sales[key].refunded += amount
        self.bring(self.heads(key), at)

    def dispute(self, key: str, name: str, amount: int, at: datetime) -> None:
        """The customer's bank takes the money back for now."""
        self.sales[key].disputed[name] = amount
        self.bring(self.heads(key), at)

    def dispute_won(self, key: str, name: str, at: datetime) -> None:
        """The bank gives it back."""
        del self.sales[key].disputed[name]
        self.bring(self.heads(key), at)

    def bring(self, heads: list[Line], at: datetime) -> None:
        """Every line is taken back in proportion to the money that is back, and given back when that comes again."""
        for head in heads:
            if head.void or head.state == "canceled":
                continue
            sale, members = self.sales[head.order], self.group(head)
            due = {line: half_away(Fraction(line.amount * sale.back, sale.total)) for line in members}
            gone = due[head] == head.amount if head.amount else sale.back >= sale.total
            if head.state == "refunded" and not gone:
                self.revive(members, sale, at)
            for line in members:
                if line.kind in ORIGINAL:
                    self.write(line, head, self.taken(line) - due[line], at)
            if gone and head.state in BEFORE_PAYABLE:
                for member in self.group(head):
                    member.state = "refunded"

    def revive(self, members: list[Line], sale: Sale, at: datetime) -> None:
        head = members[0]
        for member in members:
            if head.frozen:
                member.state = "hold"
            elif sale.fulfilled_at or head.confirmed_at:
                member.state = "confirmed"
            else:
                member.state = "pending"
        confirmed_at = head.confirmed_at if head.frozen else at if head.state == "confirmed" else None
        for member in members:
            member.confirmed_at = confirmed_at

    def write(self, line: Line, head: Line, amount: int, at: datetime) -> None:
        """A line that follows another: with it before it is payable, payable on its own afterwards."""
        if not amount:
            return
        late = head.state in AFTER_PAYABLE
        self.lines.append(
            Line(
                line.partner, "reinstatement" if amount > 0 else "clawback" if late else "reversal", amount,
                "payable" if late else head.state, line.order, line.matures_at, line.terms,
                head.confirmed_at, at if late else None, follows=line, head=None if late else head,
            )
        )  # fmt: skip

    # Claims to credit.

    def open_claim(self, key: str, claimant: str, claimed: Fraction, proven: bool, at: datetime) -> None:
        """What the others would lose waits; nothing else does."""
        shares = self.shares(self.sales[key])
        after = granting(shares, claimant, claimed)
        losers = {name: 1 - after.get(name, Fraction(0)) / share for name, share in shares.items()
                  if after.get(name, Fraction(0)) < share}  # fmt: skip
        claim = Claim(key, claimant, shares.get(claimant, Fraction(0)), claimed, proven, bool(losers), at + HEARING)
        self.claims.append(claim)
        for name, lost in losers.items():
            self.freeze(key, name, lost, claim, at)

    def close_claim(self, claim: Claim, granted: Fraction, at: datetime) -> None:
        """Granted more than the claimant had: shared so from now on; else everything goes on. Raises ValueError."""
        sale = self.sales[claim.key]
        shares = self.shares(sale)
        after = granting(shares, claim.claimant, granted) if granted > claim.had else shares
        self.claims.remove(claim)
        for part in [each for each in self.lines if each.claim is claim and each.frozen]:
            if after != shares:
                self.cancel(part)
            else:
                self.rejoin(part, at)
        if granted > claim.had:
            self.award(claim.key, after, at)

    def clock(self, at: datetime) -> None:
        """Nobody decided: what is proven and not contested is accepted, where it can be."""
        for claim in sorted([each for each in self.claims if each.hear_until <= at], key=lambda each: each.hear_until):
            try:
                self.close_claim(claim, claim.claimed if claim.proven and claim.has_losers else claim.had, at)
            except ValueError:
                self.close_claim(claim, claim.had, at)

    def freeze(self, key: str, partner: str, fraction: Fraction, claim: "Claim | None", at: datetime) -> None:
        """Split the disputed part off each earning that is in no settlement: −x goes with it, +x waits."""
        for line in self.earnings(key):
            if line.partner != partner or line.void or line.settled or line.state in ("paid", "canceled", "refunded"):
                continue
            gone = sum(part.amount for part in self.parts(line) if part.frozen or part.state == "canceled")
            amount = min(line.amount - gone, half_away(line.amount * fraction))
            if amount <= 0:
                continue
            common = {"order": key, "matures_at": line.matures_at, "terms": line.terms,
                      "confirmed_at": line.confirmed_at, "part_of": line}  # fmt: skip
            less = Line(partner, "adjustment", -amount, line.state, payable_at=line.payable_at, head=line, **common)
            part = Line(partner, "adjustment", amount, "hold", claim=claim, fraction=fraction, frozen=True, **common)
            self.lines += [less, part]
            self.bring([line, part], at)

    def cancel(self, part: Line) -> None:
        """The part makes room for what the new decision gives: off the books, whatever went with it, too."""
        if part.state == "hold":
            for line in self.group(part):
                line.state = "canceled"
        part.frozen = False

    def rejoin(self, part: Line, at: datetime) -> None:
        """The part goes on where its earning is by now."""
        line, members = part.part_of, self.group(part)
        assert line is not None
        part.frozen = False
        if line.state in AFTER_PAYABLE and part.state == "hold":
            since = at if line.settled or line.payable_at is None else line.payable_at
            for member in members:
                member.state, member.payable_at, member.confirmed_at = "payable", since, line.confirmed_at
        elif line.state not in AFTER_PAYABLE and not part.void:
            for member in members:
                member.state, member.confirmed_at, member.head = line.state, line.confirmed_at, line

    # Months and payouts.

    def adjust(self, partner: str, amount: int) -> None:
        """Two people give or take what no line explains: in the books now, in the next settlement."""
        self.adjustments.append((partner, amount))
        self.adjusted[partner] = self.adjusted.get(partner, 0) + amount

    def mature(self, at: datetime) -> None:
        """The hold is over."""
        for line in [each for each in self.lines if each.kind in ORIGINAL and each.head is None]:
            if line.state == "confirmed" and line.matures_at <= at:
                for member in self.group(line):
                    member.state, member.payable_at = "payable", max(line.matures_at, line.confirmed_at or at)

    def close(self, month: str, end: datetime) -> None:
        """One settlement per partner over everything payable before the month's end."""
        self.mature(end - timedelta(microseconds=1))
        for partner in self.terms:
            due = [
                line for line in self.lines
                if line.partner == partner and line.state == "payable" and not line.settled
                and line.payable_at < end  # type: ignore[operator]
            ]  # fmt: skip
            before = [each for each in self.settlements if each.partner == partner]
            opening = before[-1].closing if before else 0
            given = [amount for name, amount in self.adjustments if name == partner]
            if not due and not given and not self.owes(opening):
                continue
            earned = sum(line.amount for line in due if line.kind in ORIGINAL)
            taken = sum(line.amount for line in due if line.kind not in ORIGINAL)
            adjusted = sum(given)
            balance = opening + earned + taken + adjusted
            payout = balance if balance > 0 and balance >= self.minimum else 0
            for line in due:
                line.settled = True
            sums = (opening, earned, taken, adjusted, payout, balance - payout)
            self.settlements.append(Settled(month, partner, *sums, due))
        self.adjustments = []

    def owes(self, opening: int) -> bool:
        """Whether a month without a line gets a settlement of its own: where a balance was left."""
        return opening != 0

    def issue(self, month: str) -> None:
        """The second person approves; a statement without payout is carried, or done when it balances."""
        for each in self.settlements:
            if each.month == month and each.state == "draft":
                each.state = "issued"
                if not each.payout:
                    if each.closing:
                        each.state = "carried"
                    else:
                        self.done(each)

    def send(self, settled: Settled) -> None:
        """Money leaves."""
        settled.sent = "in_transit"

    def arrive(self, settled: Settled) -> None:
        """Money arrived: this statement and those carried into it are paid."""
        settled.sent = "paid"
        self.bank[settled.partner] = self.bank.get(settled.partner, 0) + settled.payout
        self.done(settled)

    def bounce(self, settled: Settled) -> None:
        """Money came back."""
        settled.sent = "failed"

    def done(self, settled: Settled) -> None:
        """Close a chain of carried statements."""
        mine = [each for each in self.settlements if each.partner == settled.partner]
        at = mine.index(settled)
        chain = [settled]
        while at and mine[at - 1].state == "carried":
            at -= 1
            chain.append(mine[at])
        for each in chain:
            each.state = "paid"
            for line in each.lines:
                line.state = "paid"

    # What belongs to what.

    def earnings(self, key: str) -> list[Line]:
        return [line for line in self.lines if line.order == key and line.kind == "earning"]

    def heads(self, key: str) -> list[Line]:
        """The lines of an order that stand on their own."""
        return [line for line in self.lines if line.order == key and line.kind in ORIGINAL and line.head is None]

    def group(self, head: Line) -> list[Line]:
        """A line and what goes with it."""
        return [head, *(line for line in self.lines if line.head is head)]

    def parts(self, line: Line) -> list[Line]:
        """What claims split off from an earning."""
        return [each for each in self.lines if each.part_of is line and each.amount > 0]

    def taken(self, line: Line) -> int:
        return -sum(each.amount for each in self.lines if each.follows is line)

    def left(self, line: Line) -> int:
        return line.amount - self.taken(line)

    def told(self) -> dict[tuple[str, str, str], tuple[int, int]]:
        """Per partner, kind and state: how many lines and how much."""
        sums: dict[tuple[str, str, str], tuple[int, int]] = {}
        for line in self.lines:
            key = (line.partner, line.kind, line.state)
            count, amount = sums.get(key, (0, 0))
            sums[key] = (count + 1, amount + line.amount)
        return sums

    def books(self, partner: str) -> dict[str, int]:
        """What the partner's accounts must hold."""
        mine = [line for line in self.lines if line.partner == partner]
        sent = {state: sum(s.payout for s in self.settlements if s.partner == partner and s.sent == state)
                for state in ("in_transit", "paid")}  # fmt: skip
        after = sum(line.amount for line in mine if line.state in ("payable", "paid"))
        return {
            "pending": sum(line.amount for line in mine if line.state in ("pending", "confirmed", "hold")),
            "payable": after + self.adjusted.get(partner, 0) - sent["in_transit"] - sent["paid"],
            "transit": sent["in_transit"],
        }


def granting(shares: dict[str, Fraction], claimant: str, part: Fraction) -> dict[str, Fraction]:
    """Everybody's part when the claimant has this much: first what nobody has, then of the others in proportion."""
    own = shares.get(claimant, Fraction(0))
    others = sum(shares.values()) - own
    missing = max(Fraction(0), part - own - max(Fraction(0), 1 - others - own))
    if part < own or missing > others:
        raise ValueError("there is not so much to give")
    after = {name: share * (others - missing) / others for name, share in shares.items() if name != claimant}
    return {name: share for name, share in (after | {claimant: part}).items() if share}
