"""A toy of the money engine: plain lists, whole numbers and fractions, and not a line of the product's code.

It is written from the rules as people read them (PRODUCT.md's settlement statuses, the preview contract), so that
two independent tellings of one rule can disagree. `tests/journeys/test_machine.py` compares them after every step.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction


def half_away(exact: Fraction) -> int:
    """Round half away from zero."""
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    rounded = whole + (2 * rest >= exact.denominator)
    return rounded if exact >= 0 else -rounded


@dataclass
class Line:
    """A commission line: what it is, whose, how much, and where it stands."""

    partner: str
    kind: str
    amount: int
    state: str
    order: str
    attribution: int = 1
    matures_at: datetime | None = None
    confirmed_at: datetime | None = None
    payable_at: datetime | None = None
    followers: "list[Line]" = field(default_factory=list)
    base: int = 0
    settled: bool = False


@dataclass
class Sale:
    """An order: what was paid, by whom it was brought, what went back, what a bank holds back."""

    key: str
    total: int
    paid_at: datetime
    touches: list[str]
    refunded: int = 0
    disputed: dict[str, int] = field(default_factory=dict)
    fulfilled_at: datetime | None = None

    @property
    def back(self) -> int:
        return min(self.total, self.refunded + sum(self.disputed.values()))


@dataclass
class Terms:
    """From an instant on: a rate, and how long money is held."""

    since: datetime
    rate: Fraction
    hold: timedelta


@dataclass
class Settled:
    """One month of one partner."""

    month: str
    partner: str
    opening: int
    earned: int
    taken: int
    payout: int
    closing: int
    lines: list[Line]
    state: str = "draft"
    sent: str = ""

    @property
    def row(self) -> tuple[str, str, int, int, int, int, int, str]:
        return (self.month, self.partner, self.opening, self.earned, self.taken, self.payout, self.closing, self.state)


class Toy:
    """The whole world: partners with terms, sales, lines and settlements; every verb is a plain loop."""

    def __init__(self, minimum: int, model: str) -> None:
        self.minimum, self.model = minimum, model
        self.terms: dict[str, list[Terms]] = {}
        self.sales: dict[str, Sale] = {}
        self.lines: list[Line] = []
        self.settlements: list[Settled] = []
        self.bank: dict[str, int] = {}

    def agree(self, partner: str, since: datetime, rate: Fraction, hold: int) -> None:
        """Terms from an instant on."""
        self.terms.setdefault(partner, []).append(Terms(since, rate, timedelta(days=hold)))

    def sell(self, key: str, total: int, touches: list[str], at: datetime) -> None:
        """A paid order earns what its touches' partners are due."""
        sale = self.sales[key] = Sale(key, total, at, touches)
        for partner, share in self.shares(touches).items():
            terms = [each for each in self.terms[partner] if each.since <= at][-1]
            amount = half_away(total * terms.rate * share)
            self.lines.append(
                Line(partner, "earning", amount, "pending", key, matures_at=at + terms.hold, base=sale.total)
            )

    def shares(self, touches: list[str]) -> dict[str, Fraction]:
        """Who brought it: the last one takes all, or everybody the same for each touch."""
        if not touches:
            return {}
        if self.model == "last":
            return {touches[-1]: Fraction(1)}
        each = Fraction(1, len(touches))
        return {partner: each * touches.count(partner) for partner in dict.fromkeys(touches)}

    def deliver(self, key: str, at: datetime) -> None:
        """Delivered: what waits is confirmed."""
        self.sales[key].fulfilled_at = at
        for line in self.earnings(key):
            if line.state == "pending":
                for member in (line, *reversals(line)):
                    member.state, member.confirmed_at = "confirmed", at

    def refund(self, key: str, amount: int, at: datetime) -> None:
        """Money went back to the customer."""
        self.sales[key].refunded += amount
        self.follow(key, at)

    def dispute(self, key: str, name: str, amount: int, at: datetime) -> None:
        """The customer's bank takes the money back for now."""
        self.sales[key].disputed[name] = amount
        self.follow(key, at)

    def dispute_won(self, key: str, name: str, at: datetime) -> None:
        """The bank gives it back."""
        del self.sales[key].disputed[name]
        self.follow(key, at)

    def follow(self, key: str, at: datetime) -> None:
        """Every earning of the order is taken back in proportion, and given back when the money comes again."""
        sale = self.sales[key]
        for line in self.earnings(key):
            due = -half_away(Fraction(line.amount * sale.back, line.base))
            change = due - sum(each.amount for each in line.followers)
            paid_before = line.state in ("payable", "paid")
            if change:
                kind = "reinstatement" if change > 0 else "clawback" if paid_before else "reversal"
                follower = Line(line.partner, kind, change, "payable" if paid_before else line.state, key)
                follower.payable_at = at if paid_before else None
                follower.matures_at, follower.confirmed_at = line.matures_at, line.confirmed_at
                line.followers.append(follower)
                self.lines.append(follower)
            gone = line.amount + due == 0 if line.amount else sale.back >= line.base
            if gone and line.state in ("pending", "confirmed", "hold"):
                for member in (line, *reversals(line)):
                    member.state = "refunded"

    def mature(self, at: datetime) -> None:
        """The hold is over."""
        for line in self.lines:
            if line.kind == "earning" and line.state == "confirmed" and line.matures_at <= at:  # type: ignore[operator]
                payable_at = max(line.matures_at, line.confirmed_at)  # type: ignore[type-var]
                for member in (line, *reversals(line)):
                    member.state, member.payable_at = "payable", payable_at

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
            if not due and not self.owes(opening):
                continue
            earned = sum(line.amount for line in due if line.kind == "earning")
            taken = sum(line.amount for line in due if line.kind != "earning")
            balance = opening + earned + taken
            payout = balance if balance > 0 and balance >= self.minimum else 0
            for line in due:
                line.settled = True
            self.settlements.append(Settled(month, partner, opening, earned, taken, payout, balance - payout, due))

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

    def earnings(self, key: str) -> list[Line]:
        return [line for line in self.lines if line.order == key and line.kind == "earning"]

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
            "payable": after - sent["in_transit"] - sent["paid"],
            "transit": sent["in_transit"],
        }


def reversals(line: Line) -> list[Line]:
    """What goes with its original because it was not payable when it was written."""
    return [each for each in line.followers if each.payable_at is None or each.payable_at == line.payable_at]
