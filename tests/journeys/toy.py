"""A toy of the money engine: plain lists, whole numbers and fractions, and not a line of the product's code.

It is written from the rules as people read them (PRODUCT.md's settlement statuses, the preview contract), so that
two independent tellings of one rule can disagree. `tests/journeys/test_machine.py` compares them after every step.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from tests.journeys.toy_terms import Climb, Sale, Terms, granting, half_away, month_of

BEFORE_PAYABLE = ("pending", "confirmed", "hold")
AFTER_PAYABLE = ("payable", "paid")
OF_ORDERS = ("earning", "level", "adjustment")
ORIGINAL = (*OF_ORDERS, "true_up")
HEARING = timedelta(days=14)


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
    under: "Line | None" = None
    share: Fraction = Fraction(0)
    month: str = ""
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
    losses: dict[str, Fraction]
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
    released: int
    held: int
    payout: int
    closing: int
    lines: list[Line]
    held_until: datetime
    state: str = "draft"
    sent: str = ""

    @property
    def sums(self) -> tuple[int, ...]:
        before = (self.opening, self.earned, self.taken, self.adjusted, self.released)
        return (*before, self.held, self.payout, self.closing)


class Toy:
    """The whole world: partners with terms, sales, lines, claims, settlements; every verb is a plain loop."""

    def __init__(self, minimum: int, model: str, zone: str, recruiters: dict[str, str]) -> None:
        self.minimum, self.model, self.zone, self.recruiters = minimum, model, zone, recruiters
        self.closed_until: datetime | None = None
        self.terms: dict[str, list[Terms]] = {}
        self.sales: dict[str, Sale] = {}
        self.customers: dict[str, datetime] = {}
        self.lines: list[Line] = []
        self.claims: list[Claim] = []
        self.settlements: list[Settled] = []
        self.bank: dict[str, int] = {}
        self.adjustments: list[tuple[str, int]] = []
        self.adjusted: dict[str, int] = {}
        self.decided: dict[str, Sale] | None = None
        self.trued: dict[tuple[str, str, str], dict[tuple[int, str], tuple[Fraction, Terms]]] = {}

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
        self.true_up(sale, at)

    def shares(self, sale: Sale) -> dict[str, Fraction]:
        """Who brought it: as a person said; of agents before others the last takes all, or all the same for each."""
        if sale.award is not None:
            return sale.award
        touches = sale.agents or sale.touches
        if self.model == "last" or not touches:
            return {partner: Fraction(1) for partner in touches[-1:]}
        each = Fraction(1, len(touches))
        return {partner: each * touches.count(partner) for partner in dict.fromkeys(touches)}

    def terms_of(self, sale: Sale, partner: str) -> Terms:
        """Customers keep the terms of their first charge while these are pinned."""
        then, now = ([each for each in self.terms[partner] if each.since <= at][-1]
                     for at in (sale.first_at, sale.paid_at))  # fmt: skip
        return then if then.pinned else now

    def earn(self, sale: Sale, partner: str, share: Fraction, at: datetime) -> None:
        """Write what a share earns, and who recruited the partner with it, of what is not back with the customer."""
        terms = self.terms_of(sale, partner)
        line = Line(partner, "earning", self.due(sale, partner, share), "pending", sale.key,
                    sale.paid_at + terms.hold, terms, share=share)  # fmt: skip
        written = [line, *self.levels(sale, line)]
        for each in written:
            if sale.fulfilled_at:
                each.state, each.confirmed_at = "confirmed", max(at, sale.fulfilled_at)
        self.lines += written
        self.bring(written, at)

    def levels(self, sale: Sale, line: Line) -> list[Line]:
        """Whoever recruited a partner earns of what its sales bring, or of its commission, as its own terms say."""
        found, number, recruiter = [], 1, self.recruiters.get(line.partner)
        while recruiter:
            terms = self.terms_of(sale, recruiter)
            if number in terms.levels:
                of, rate = terms.levels[number]
                basis = sale.total * line.share if of == "sale" else line.amount
                found.append(Line(recruiter, "level", half_away(basis * rate), "pending", sale.key,
                                  sale.paid_at + terms.hold, terms, under=line))  # fmt: skip
            number, recruiter = number + 1, self.recruiters.get(recruiter)
        return found

    # What climbs with the month: how much was sold in it, by the brand's own calendar.

    def due(self, sale: Sale, partner: str, share: Fraction) -> int:
        """What a share earns, beside what the partner sold in the sale's month otherwise."""
        terms = self.terms_of(sale, partner)
        if not isinstance(terms.pays, Climb):
            return half_away(terms.pays(sale) * share)
        climb, whole = terms.pays, sale.total * share
        others = [line for line in self.sold(partner, climb, self.month(sale)) if line.order != sale.key]
        if climb.mode != "all":
            # What went back has been sold all the same.
            before = sum(line.share * self.sales[line.order].total for line in others)
            if climb.mode == "past_each":
                return half_away(climb.slices(before, before + whole))
            reached = climb.reached(len(others) + 1 if climb.counts else before + whole)
            return half_away(reached * (share if climb.counts else whole))
        rate = climb.reached(self.height(climb, others) + (1 if climb.counts else whole))
        own = sum(self.kept(climb, line) for line in others if line.terms is terms) * rate
        # So that the lines of a tier sum up to what all of them are due, rounded once.
        return half_away(own + rate * (share if climb.counts else whole)) - half_away(own)

    def true_up(self, sale: Sale, at: datetime) -> None:
        """Every month the sale counts in is paid at the tier that it reaches with what is kept by now."""
        for name, climb in dict.fromkeys(
            (line.partner, line.terms.pays.rule)
            for line in self.earnings(sale.key)
            if isinstance(line.terms.pays, Climb) and line.terms.pays.mode == "all"
        ):
            for terms in self.terms[name]:
                if isinstance(terms.pays, Climb) and terms.pays.rule == climb:
                    self.true_up_terms(name, terms, terms.pays, self.month(sale), sale.key, at)

    def true_up_terms(self, partner: str, terms: Terms, climb: Climb, month: str, order: str, at: datetime) -> None:
        """A line for what a month still misses under terms, of either sign."""
        sold = self.sold(partner, climb, month)
        own = sum(self.kept(climb, line) for line in sold if line.terms is terms)
        due = half_away(own * climb.reached(self.height(climb, sold)))
        written = [
            line for line in self.lines
            if line.terms is terms and line.kind == "earning" and self.month(self.sales[line.order]) == month
            and line.partner == partner and line.state != "canceled"
        ]  # fmt: skip
        booked = sum(self.left(line) for line in written)
        booked += sum(line.amount for line in self.lines
                      if line.kind == "true_up" and line.terms is terms and line.month == month)  # fmt: skip
        if due == booked:
            return
        first = min((line.matures_at for line in self.lines if self.counts_in(line, partner, month)), default=at)
        up = Line(partner, "true_up", due - booked, "confirmed", order,
                  at + terms.hold if due > booked else max(at, first), terms, confirmed_at=at, month=month)  # fmt: skip
        before = sum(line.amount for line in self.lines if line.kind == "true_up" and line.partner == partner
                     and line.month == month and line.terms.pays.rule == climb.rule)  # fmt: skip
        self.lines.append(up)
        self.levels_of_true_up(up, climb.rule, before, self.sales[order].paid_at, at)

    def levels_of_true_up(self, up: Line, rule: str, before: int, sold_at: datetime, at: datetime) -> None:
        """Recruiters have their part of true-ups by their terms of the sale, and give back the part that goes back."""
        parts = self.trued.setdefault((up.partner, rule, up.month), {})
        agreed: dict[tuple[int, str], Terms] = {}
        number, recruiter = 1, self.recruiters.get(up.partner)
        while recruiter:
            terms = [each for each in self.terms[recruiter] if each.since <= sold_at][-1]
            if terms.levels.get(number, ("", 0))[0] == "commission":
                agreed[number, recruiter] = terms
            number, recruiter = number + 1, self.recruiters.get(recruiter)
        for key in sorted({*parts, *agreed}):
            had, known = parts.get(key, (Fraction(0), agreed.get(key)))
            own = agreed[key].levels[key[0]][1] if key in agreed else Fraction(0)
            has = had + own * up.amount
            if before * up.amount < 0:
                total = before + up.amount
                has = had * Fraction(total, before) if before * total >= 0 else own * total
            if has != had:
                terms = agreed.get(key) or known  # type: ignore[assignment]
                parts[key] = (has, terms)
                self.pay_level(up, key[1], half_away(has) - half_away(had), terms, at)

    def pay_level(self, up: Line, recruiter: str, amount: int, terms: Terms, at: datetime) -> None:
        alike = [line.matures_at for line in self.lines if line.kind == "level" and line.partner == recruiter
                 and line.under and line.under.partner == up.partner
                 and (line.month or self.month(self.sales[line.order])) == up.month]  # fmt: skip
        matures_at = at + terms.hold if amount >= 0 else max([at, min(alike, default=at)])
        self.lines.append(Line(recruiter, "level", amount, "confirmed", up.order, matures_at, terms, confirmed_at=at,
                               under=up, month=up.month))  # fmt: skip

    def month(self, sale: Sale) -> str:
        return month_of(sale.paid_at, self.zone)

    def counts_in(self, line: Line, partner: str, month: str) -> bool:
        is_live = line.kind == "earning" and not line.void and line.state != "canceled"
        return is_live and line.partner == partner and self.month(self.sales[line.order]) == month

    def sold(self, partner: str, climb: Climb, month: str) -> list[Line]:
        """The earnings of a month that climb the same tiers."""
        lines = [line for line in self.lines if self.counts_in(line, partner, month)]
        return [line for line in lines if isinstance(line.terms.pays, Climb) and line.terms.pays.rule == climb.rule]

    def kept(self, climb: Climb, line: Line) -> Fraction:
        """What is left of a line: of its revenue, or of the one that it counts."""
        sale = self.sales[line.order]
        return line.share * (sale.total - sale.back) / (sale.total if climb.counts else 1)

    def height(self, climb: Climb, lines: list[Line]) -> Fraction:
        """How high the lines climb: by revenue, or by their number, of which any part is left."""
        if climb.counts:
            return Fraction(sum(self.sales[line.order].back < self.sales[line.order].total for line in lines))
        return sum((self.kept(climb, line) for line in lines), Fraction(0))

    def award(self, key: str, shares: dict[str, Fraction], at: datetime) -> None:
        """A person says who has which part."""
        before, self.sales[key].award = self.shares(self.sales[key]), shares
        if shares != before and self.decided is None:
            self.earn_anew(self.sales[key], at)
        elif shares != before:
            self.decided |= {key: self.sales[key]}

    def credit_agent(self, key: str, partner: str, at: datetime) -> None:
        """An operator says later that an agent sold it, after all agents before."""
        before = self.shares(self.sales[key])
        self.sales[key].agents.append(partner)
        if self.shares(self.sales[key]) != before:
            self.earn_anew(self.sales[key], at)

    def earn_anew(self, sale: Sale, at: datetime) -> None:
        """Whoever is due the same keeps the line; everything else is taken back whole and earned anew."""
        self.share_anew(sale, self.shares(sale), at)
        self.true_up(sale, at)

    def share_anew(self, sale: Sale, shares: dict[str, Fraction], at: datetime) -> None:
        for line in [each for each in self.earnings(sale.key) if not each.void]:
            share, parts = shares.get(line.partner, Fraction(0)), self.parts(line)
            terms = self.terms_of(sale, line.partner)
            same = share == line.share and line.terms is terms and line.amount == self.due(sale, line.partner, share)
            if same and not any(part.state == "canceled" for part in parts):
                shares = {partner: each for partner, each in shares.items() if partner != line.partner}
                continue
            self.void(line, at)
            if share:
                self.earn(sale, line.partner, share, at)
                self.hold_again(sale.key, line.partner, at, had_nothing=not line.amount)
            shares = {partner: each for partner, each in shares.items() if partner != line.partner}
        for partner, share in shares.items():
            self.earn(sale, partner, share, at)
            self.hold_again(sale.key, partner, at, had_nothing=False)

    def hold_again(self, key: str, partner: str, at: datetime, *, had_nothing: bool) -> None:
        """Open claims hold of a new earning what they held of those before it, or could not where there was nothing."""
        mine = [line for line in self.lines if line.order == key and line.partner == partner]
        held = {line.claim: line.fraction for line in mine if line.frozen}
        lost = {claim: claim.losses.get(partner) for claim in self.claims if claim.key == key and had_nothing}
        for claim in [*[each for each in self.claims if each in held], *[each for each in lost if each not in held]]:
            if fraction := held.get(claim) or lost.get(claim):
                self.freeze(key, partner, fraction, claim, at)

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
        derived = [each for each in self.lines if each.part_of in members or each.under in members]
        for each in [each for each in derived if each.head is None]:
            self.void(each, at)

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
        self.bring(self.heads(key), at)
        self.true_up(self.sales[key], at)

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
            going_on = "confirmed" if sale.fulfilled_at or head.confirmed_at else "pending"
            member.state = "hold" if head.frozen else going_on
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
        claim = Claim(key, claimant, shares.get(claimant, Fraction(0)), claimed, proven, losers, at + HEARING)
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
        """Nobody decided: what is proven and not contested is accepted, where it can be; only the last word pays."""
        self.decided = {}
        for claim in sorted([each for each in self.claims if each.hear_until <= at], key=lambda each: each.hear_until):
            try:
                self.close_claim(claim, claim.claimed if claim.proven and claim.losses else claim.had, at)
            except ValueError:
                self.close_claim(claim, claim.had, at)
        decided, self.decided = self.decided, None
        for sale in decided.values():
            self.earn_anew(sale, at)

    def freeze(self, key: str, partner: str, fraction: Fraction, claim: "Claim | None", at: datetime) -> None:
        """Split the disputed part off each earning that is in no settlement: −x goes with it, +x waits."""
        for line in self.earnings(key):
            if line.partner != partner or line.void or line.settled or line.state in ("paid", "canceled", "refunded"):
                continue
            gone = sum(part.amount for part in self.parts(line) if part.frozen or part.state == "canceled")
            amount = min(line.amount - gone, half_away(line.amount * fraction))
            if amount <= 0:
                continue
            common = {"order": key, "matures_at": line.matures_at, "terms": line.terms, "part_of": line,
                      "confirmed_at": line.confirmed_at}  # fmt: skip
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
            # What was kept back comes again with the month in which its time is over.
            released = sum(each.held for each in before if each.held_until < end
                           and (self.closed_until is None or each.held_until >= self.closed_until))  # fmt: skip
            if not (due or given or released or opening):
                continue
            earned = sum(line.amount for line in due if line.kind in ORIGINAL)
            taken = sum(line.amount for line in due if line.kind not in ORIGINAL)
            adjusted = sum(given)
            balance = opening + earned + taken + adjusted + released
            terms = [each for each in self.terms[partner] if each.since < end][-1]
            held = max(0, min(half_away(max(earned + taken, 0) * terms.kept_back), balance))
            left = balance - held
            payout = left if left > 0 and left >= self.minimum else 0
            for line in due:
                line.settled = True
            sums = (opening, earned, taken, adjusted, released, held, payout, left - payout)
            self.settlements.append(Settled(month, partner, *sums, due, end + terms.kept_for))
        self.adjustments, self.closed_until = [], end

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
        mine = [line for line in self.lines if line.order == key and line.kind in OF_ORDERS and line.head is None]
        return [line for line in mine if not line.month]

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
        kept = sum(s.held - s.released for s in self.settlements if s.partner == partner)
        after = sum(line.amount for line in mine if line.state in ("payable", "paid"))
        return {
            "pending": sum(line.amount for line in mine if line.state in ("pending", "confirmed", "hold")),
            "payable": after + self.adjusted.get(partner, 0) - sent["in_transit"] - sent["paid"] - kept,
            "transit": sent["in_transit"],
            "reserve": kept,
        }
