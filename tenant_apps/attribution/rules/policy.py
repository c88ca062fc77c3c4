"""The policy of a program: which model weighs the touches of which window and channels."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kernel.payload import Payload, unique


class Model(StrEnum):
    """How the touches of the pool share the conversion."""

    LAST = "last"
    FIRST = "first"
    LINEAR = "linear"
    POSITION = "position"
    TIME_DECAY = "time_decay"
    BONUS = "bonus"


class Channel(StrEnum):
    """How a participant reached the customer."""

    REGISTERED_DEAL = "registered_deal"
    AGENT = "agent"
    CODE = "code"
    CLICK = "click"
    VIEW = "view"
    IMPORT = "import"


Ladder = tuple[frozenset[Channel], ...]

DEFAULT_LADDER: Ladder = (
    frozenset({Channel.REGISTERED_DEAL}),
    frozenset({Channel.AGENT}),
    frozenset({Channel.CODE}),
    frozenset({Channel.CLICK, Channel.VIEW, Channel.IMPORT}),
)

_FIELDS = (
    "model", "window_days", "ladder", "half_life_days", "first", "last", "first_bonus", "last_bonus",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """The terms of attribution. Days are days of 24 hours, fractions lie between 0 and 1."""

    model: Model
    window_days: Decimal = Decimal(90)
    half_life_days: Decimal = Decimal(0)
    first: Decimal = Decimal("0.4")
    last: Decimal = Decimal("0.4")
    first_bonus: Decimal = Decimal(0)
    last_bonus: Decimal = Decimal(0)
    ladder: Ladder = DEFAULT_LADDER


def parse_policy(payload: Payload) -> Policy:
    """Read a policy. Fields of another model may stand in it, and must be right all the same.

    So switching a brand's model keeps what was set for the others; an unknown field is refused.
    Raises InvalidInput naming the field.
    """
    payload.only(*_FIELDS)
    model = payload.required("model").choice(Model)
    window, ladder = payload.optional("window_days"), payload.optional("ladder")
    policy = Policy(
        model=model,
        window_days=window.days() if window else Decimal(90),
        half_life_days=_half_life(payload, model),
        first=_fraction(payload, "first", "0.4"),
        last=_fraction(payload, "last", "0.4"),
        first_bonus=_fraction(payload, "first_bonus", "0"),
        last_bonus=_fraction(payload, "last_bonus", "0"),
        ladder=_ladder(ladder) if ladder else DEFAULT_LADDER,
    )
    _check_fractions(payload, policy)
    return policy


def _half_life(payload: Payload, model: Model) -> Decimal:
    if model is Model.TIME_DECAY:
        return payload.required("half_life_days").days(above=0)
    given = payload.optional("half_life_days")
    return given.days(above=0) if given else Decimal(0)


def _fraction(payload: Payload, name: str, default: str) -> Decimal:
    field = payload.optional(name)
    return field.rate(at_most=1) if field else Decimal(default)


def _check_fractions(payload: Payload, policy: Policy) -> None:
    if policy.model is Model.POSITION:
        if policy.first + policy.last > 1:
            name = "last" if payload.optional("last") else "first"
            raise payload.required(name).wrong("first and last must not exceed 1 together")
        if policy.first + policy.last == 0:
            raise payload.required("last").wrong("first and last must not both be 0")
    if policy.model is Model.BONUS:
        if not payload.optional("last_bonus"):
            payload.required("first_bonus")
        if policy.first_bonus + policy.last_bonus > 1:
            raise payload.required("last_bonus").wrong("the bonuses must not exceed 1 together")


def _ladder(payload: Payload) -> Ladder:
    groups = [
        [(channel.choice(Channel), channel) for channel in group.items(at_least=1)]
        for group in payload.items(at_least=1)
    ]
    unique(entry for group in groups for entry in group)
    return tuple(frozenset(channel for channel, _ in group) for group in groups)
