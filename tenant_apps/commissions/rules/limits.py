"""How much a rule still pays: minimum and maximum of a line, and caps with what was used of them."""

from dataclasses import dataclass, replace
from fractions import Fraction

from kernel.rates import round_half_away
from tenant_apps.commissions.rules.pay import amount_text
from tenant_apps.commissions.rules.sale import Progress
from tenant_apps.commissions.rules.steps import Step
from tenant_apps.commissions.rules.terms import Cap, CapScope, Counter, Limits


@dataclass(frozen=True, slots=True)
class Filled:
    """A cap and what was used of it, in minor units, net of what was taken back."""

    each: tuple[str, ...]
    amount_minor: int
    used_minor: int
    is_partners: bool = False

    @property
    def left_minor(self) -> int:
        """What may still be paid."""
        return max(0, self.amount_minor - self.used_minor)


@dataclass(frozen=True, slots=True)
class Room:
    """The caps of a rule, the rule's own first."""

    caps: tuple[Filled, ...]

    @classmethod
    def of(cls, limits: Limits, before: Progress) -> "Room":
        """Return the caps with what was used of them before; where nothing is said, nothing was."""
        own = () if limits.cap_minor is None else (Filled((), limits.cap_minor, before.used_minor),)
        used = before.cap_used or (0,) * len(limits.caps)
        more = (
            Filled(_each(cap), cap.amount_minor, minor, cap.per is CapScope.PARTNER)
            for cap, minor in zip(limits.caps, used, strict=True)
        )
        return cls((*own, *more))

    def used_by(self, minor: int) -> "Room":
        """Return the room after the rule paid so much."""
        return Room(tuple(replace(cap, used_minor=cap.used_minor + minor) for cap in self.caps))

    def used_elsewhere(self, minor: int) -> "Room":
        """Return the room after another rule paid so much: only caps per partner feel it."""
        return Room(
            tuple(replace(cap, used_minor=cap.used_minor + minor) if cap.is_partners else cap for cap in self.caps)
        )

    @property
    def tightest(self) -> Filled | None:
        """The cap that leaves least; the first of equals."""
        return min(self.caps, key=lambda cap: cap.left_minor, default=None)


def limited(amount: int, limits: Limits, room: Room, share: Fraction, currency: str) -> tuple[int, bool, list[Step]]:
    """Return the amount within the limits, whether a cap cut it, and the steps.

    Minimum, then maximum, then the caps, which win. Minimum and maximum are a line's, so each
    participant has its share of them; caps are the participant's own.
    """
    steps = []
    least, most = (_scaled(minor, share) for minor in (limits.min_minor, limits.max_minor))
    if least is not None and amount < least:
        amount = least
        steps.append(Step("minimum", {"amount": amount_text(amount, currency)}))
    if most is not None and amount > most:
        amount = most
        steps.append(Step("maximum", {"amount": amount_text(amount, currency)}))
    cut, cap_steps = cut_by(room, amount, currency)
    return cut, cut != amount, [*steps, *cap_steps]


def cut_by(room: Room, amount: int, currency: str) -> tuple[int, list[Step]]:
    """Return what of an amount the caps leave, and the step that says which one cut it."""
    tightest = room.tightest
    if tightest is None or amount <= tightest.left_minor:
        return amount, []
    cap, used = (amount_text(minor, currency) for minor in (tightest.amount_minor, tightest.used_minor))
    code = ("cap", "cap_per", "cap_per_both")[len(tightest.each)]
    facts = {"amount": cap, "used": used, **dict(zip(("each", "span"), tightest.each, strict=False))}
    return tightest.left_minor, [Step(code, facts)]


def _scaled(minor: int | None, share: Fraction) -> int | None:
    return None if minor is None else round_half_away(minor * share)


def _each(cap: Cap) -> tuple[str, ...]:
    scope = () if cap.per is CapScope.PERIOD else (str(cap.per),)
    return scope if cap.period is Counter.LIFETIME else (*scope, str(cap.period))
