"""A toy of debts between two brands: what each owes a partner, what a close withholds, what may be set off.

As plain as `toy.py`, and as ignorant of the product's code: ten percent of every sale, payable at once, carried.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from tests.journeys.toy_terms import half_away


@dataclass(eq=False)
class Earned:
    """A line: ten percent of a sale, or what a refund takes back of it."""

    amount: int
    of: "Earned | None" = None
    rate: Fraction | None = None  # by which its month withheld, once it is settled


@dataclass(eq=False)
class Month:
    """One month of a partner at a brand: opening, earned, taken back, adjusted, withheld, payout, closing."""

    label: str
    sums: tuple[int, ...]
    payout: int
    sent: str = ""


@dataclass(eq=False)
class Sold:
    """A sale, and what of it went back."""

    total: int
    line: Earned
    back: int = 0
    taken: int = 0


@dataclass(eq=False)
class Wish:
    """A set-off that waits: less from the payer, less of the debt."""

    payer: str
    debtor: str
    partner: str
    amount: int


@dataclass
class Account:
    """What a brand has to do with one partner."""

    rate: Fraction
    payable: int = 0
    carried: int = 0
    adjusted: list[int] = field(default_factory=list)
    due: list[Earned] = field(default_factory=list)
    months: list[Month] = field(default_factory=list)

    def earn(self, line: Earned) -> None:
        self.due.append(line)
        self.payable += line.amount

    def withheld(self, lines: list[Earned]) -> Fraction:
        """What is withheld of lines: of what takes back of a settled one, by that one's rate."""
        rates = [line.of.rate if line.of and line.of.rate is not None else self.rate for line in lines]
        return sum((line.amount * rate for line, rate in zip(lines, rates, strict=True)), Fraction(0))

    def close(self, label: str) -> None:
        """Settle what is due: nothing is said of who has nothing."""
        if not (self.due or self.adjusted or self.carried):
            return
        earned = sum(line.amount for line in self.due if line.of is None)
        taken = sum(line.amount for line in self.due if line.of is not None)
        adjusted, kept = sum(self.adjusted), -half_away(self.withheld(self.due))
        for line in self.due:
            line.rate = self.rate
        balance = self.carried + earned + taken + adjusted + kept
        payout = max(0, balance)
        sums = (self.carried, earned, taken, adjusted, kept, payout, balance - payout)
        self.months.append(Month(label, sums, payout))
        self.payable, self.carried, self.due, self.adjusted = self.payable + kept, balance - payout, [], []

    def unpaid(self) -> int:
        return sum(month.payout for month in self.months if month.sent in ("", "failed"))

    def free(self, asked: int = 0) -> int:
        """What is owed and no payout pays, or the debt: as much as is left when the next close has withheld."""
        balance = self.payable - self.unpaid() + asked
        held = ceil(abs(self.withheld(self.due)))
        sign = 1 if balance > 0 else -1
        is_less = self.withheld(self.due) * sign > 0
        return sign * max(0, abs(balance) - (held if is_less else 0))

    def transit(self) -> int:
        return sum(month.payout for month in self.months if month.sent == "sent")


class Debts:
    """Both brands and their partners."""

    def __init__(self, rates: dict[tuple[str, str], Fraction]) -> None:
        self.accounts = {key: Account(rate) for key, rate in rates.items()}
        self.sales: dict[str, tuple[str, str, Sold]] = {}
        self.wishes: list[Wish] = []
        self.cleared: dict[str, int] = {brand: 0 for brand, _ in rates}

    def sell(self, brand: str, partner: str, key: str, total: int) -> None:
        line = Earned(half_away(Fraction(total, 10)))
        self.accounts[brand, partner].earn(line)
        self.sales[key] = (brand, partner, Sold(total, line))

    def refund(self, key: str, amount: int) -> None:
        """Take back in all what in all is due."""
        brand, partner, sold = self.sales[key]
        sold.back += amount
        due = half_away(Fraction(sold.line.amount * sold.back, sold.total))
        if due > sold.taken:
            self.accounts[brand, partner].earn(Earned(sold.taken - due, of=sold.line))
        sold.taken = due

    def most(self, payer: str, debtor: str, partner: str, *, as_asked: bool) -> int:
        """The most that leaves neither side turned; what waits is held already."""
        asked = {payer: 0, debtor: 0}
        for wish in self.wishes if as_asked else ():
            if wish.partner == partner:
                asked[wish.payer] -= wish.amount
                asked[wish.debtor] += wish.amount
        owed, debt = (self.accounts[each, partner].free(asked[each]) for each in (payer, debtor))
        return max(0, min(owed, -debt))

    def set_off(self, wish: Wish) -> bool:
        """Book it in both books, if it still fits."""
        if wish.amount > self.most(wish.payer, wish.debtor, wish.partner, as_asked=False):
            return False
        self.wishes.remove(wish)
        for brand, change in ((wish.payer, -wish.amount), (wish.debtor, wish.amount)):
            account = self.accounts[brand, wish.partner]
            account.adjusted.append(change)
            account.payable += change
            self.cleared[brand] += change
        return True

    def send(self, brand: str, partner: str, month: Month, end: str) -> None:
        """Money leaves what is owed, and is under way, there, or back."""
        month.sent = end
        if end != "failed":
            self.accounts[brand, partner].payable -= month.payout
