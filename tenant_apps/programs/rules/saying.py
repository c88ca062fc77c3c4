"""Sentences as data: a text with named values, told later in whatever language the reader has."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kernel.money import Money


@dataclass(frozen=True, slots=True)
class Amount:
    """Minor units of a currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole, told as a percentage."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name of its own, kept by its id or code: a product, a site, a campaign."""

    kind: str
    ref: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values, one after the other."""

    items: tuple["Value", ...]
    between: str = ", "


@dataclass(frozen=True, slots=True)
class Saying:
    """A text with `%(name)s` for each of its values."""

    text: str
    values: tuple[tuple[str, "Value"], ...] = ()

    def __str__(self) -> str:
        return tell(self, ENGLISH)


Value = str | int | datetime | Amount | Rate | Named | Listed | Saying


@dataclass(frozen=True, slots=True)
class Voice:
    """How a reader hears texts and values; the defaults are plain English."""

    translate: Callable[[str], str] = str
    amount: Callable[[Amount], str] = lambda amount: str(Money(amount.minor, amount.currency))
    rate: Callable[[Rate], str] = lambda rate: f"{(rate.value * 100).normalize():f} %"
    moment: Callable[[datetime], str] = datetime.isoformat
    named: Callable[[Named], str] = lambda named: named.ref


ENGLISH = Voice()


def say(text: str, **values: Value) -> Saying:
    """Return a saying; its text is what translators see."""
    return Saying(text, tuple(values.items()))


def tell(value: Value, voice: Voice) -> str:
    """Tell a value in a voice, what stands inside it first."""
    match value:
        case Saying(text, values):
            return voice.translate(text) % {name: tell(inner, voice) for name, inner in values}
        case Listed(items, between):
            return between.join(tell(item, voice) for item in items)
        case Amount():
            return voice.amount(value)
        case Rate():
            return voice.rate(value)
        case Named():
            return voice.named(value)
        case datetime():
            return voice.moment(value)
    return str(value)
