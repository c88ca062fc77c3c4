"""The policy of a brand: which model weighs the touches of which window, channels and roles."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kernel.payload import Payload, unique
from kernel.sentences import sentence


class Model(StrEnum):
    """How the touches of the pool share the conversion."""

    LAST = "last"
    FIRST = "first"
    LINEAR = "linear"
    POSITION = "position"
    TIME_DECAY = "time_decay"
    BONUS = "bonus"


class Channel(StrEnum):
    """How a participant reached the customer; `direct` is a visit that nobody brought."""

    REGISTERED_DEAL = "registered_deal"
    AGENT = "agent"
    CODE = "code"
    CLICK = "click"
    VIEW = "view"
    IMPORT = "import"
    DIRECT = "direct"


class Direct(StrEnum):
    """Whether a direct visit counts as a touch of the house, whose part nobody is paid for."""

    IGNORE = "ignore"
    COUNT = "count"


class CodeCredit(StrEnum):
    """Whom a coupon code credits: its owner, or nobody (codes that are shared freely)."""

    OWNER = "owner"
    NONE = "none"


class Guard(StrEnum):
    """Whether a guard refuses a touch or lets it compete."""

    REFUSE = "refuse"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Pool:
    """Roles that share a part of the conversion among themselves; no roles named: all of them."""

    roles: frozenset[str] = frozenset()
    weight: Decimal = Decimal(1)

    def takes(self, role: str) -> bool:
        """Return whether touches of this role are in the pool; direct visits have no role and are in every one."""
        return not self.roles or not role or role in self.roles


Ladder = tuple[frozenset[Channel], ...]

DEFAULT_LADDER: Ladder = (
    frozenset({Channel.REGISTERED_DEAL}),
    frozenset({Channel.AGENT}),
    frozenset({Channel.CODE}),
    frozenset({Channel.CLICK, Channel.VIEW, Channel.IMPORT}),
)

LONGEST_DEAL_DAYS = 730

# What a program may say for itself; ladder, pools, direct visits, codes and deals are the brand's.
OVERRIDABLE = (
    "model", "window_days", "half_life_days", "first", "last", "first_bonus", "last_bonus", "self_referral",
    "late_click",
)  # fmt: skip
FIELDS = (*OVERRIDABLE, "ladder", "pools", "direct", "code", "deal_days")


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
    pools: tuple[Pool, ...] = (Pool(),)
    direct: Direct = Direct.IGNORE
    code: CodeCredit = CodeCredit.OWNER
    self_referral: Guard = Guard.REFUSE
    late_click: Guard = Guard.REFUSE
    deal_days: Decimal = Decimal(90)


def parse_policy(payload: Payload) -> Policy:
    """Read a policy. Fields of another model may stand in it, and must be right all the same.

    So switching a brand's model keeps what was set for the others; an unknown field is refused.
    Raises InvalidInput naming the field.
    """
    payload.only(*FIELDS)
    model = payload.required("model").choice(Model)
    direct = _choice(payload, "direct", Direct.IGNORE)
    ladder, pools = payload.optional("ladder"), payload.optional("pools")
    policy = Policy(
        model=model,
        window_days=_days(payload, "window_days"),
        half_life_days=_half_life(payload, model),
        first=_fraction(payload, "first", "0.4"),
        last=_fraction(payload, "last", "0.4"),
        first_bonus=_fraction(payload, "first_bonus", "0"),
        last_bonus=_fraction(payload, "last_bonus", "0"),
        ladder=_with_direct(_ladder(ladder) if ladder else DEFAULT_LADDER, direct),
        pools=_pools(pools) if pools else (Pool(),),
        direct=direct,
        code=_choice(payload, "code", CodeCredit.OWNER),
        self_referral=_choice(payload, "self_referral", Guard.REFUSE),
        late_click=_choice(payload, "late_click", Guard.REFUSE),
        deal_days=_deal_days(payload),
    )
    _check_fractions(payload, policy)
    return policy


def parse_override(payload: Payload, brand: Payload) -> Policy:
    """Read what a program says for itself over the brand's terms; what it does not say stays the brand's.

    Raises InvalidInput naming the field; one that only the brand may set is unknown here.
    """
    payload.only(*OVERRIDABLE)
    merged = {**_terms(brand), **_terms(payload)}
    return parse_policy(Payload(merged, payload.path))


def _terms(payload: Payload) -> dict[str, object]:
    return payload.value if isinstance(payload.value, dict) else {}


def _days(payload: Payload, name: str) -> Decimal:
    field = payload.optional(name)
    return field.days() if field else Decimal(90)


def _deal_days(payload: Payload) -> Decimal:
    field = payload.optional("deal_days")
    days = field.days(above=0) if field else Decimal(90)
    if field and days > LONGEST_DEAL_DAYS:
        raise field.wrong(sentence("must be at most %(most)s", most=LONGEST_DEAL_DAYS))
    return days


def _choice[Choice: StrEnum](payload: Payload, name: str, default: Choice) -> Choice:
    field = payload.optional(name)
    return field.choice(type(default)) if field else default


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


def _with_direct(ladder: Ladder, direct: Direct) -> Ladder:
    """Put direct visits beside clicks where they count and the ladder does not say where."""
    if direct is Direct.IGNORE or any(Channel.DIRECT in group for group in ladder):
        return ladder
    if not any(Channel.CLICK in group for group in ladder):
        return (*ladder, frozenset({Channel.DIRECT}))
    return tuple(group | {Channel.DIRECT} if Channel.CLICK in group else group for group in ladder)


def _pools(payload: Payload) -> tuple[Pool, ...]:
    pools, named = [], []
    for item in payload.items(at_least=1):
        item.only("roles", "weight")
        roles = [(role.text(), role) for role in item.required("roles").items(at_least=1)]
        named += roles
        weight = item.required("weight").rate(at_most=1)
        if weight == 0:
            raise item.required("weight").wrong("must be more than 0")
        pools.append(Pool(frozenset(role for role, _ in roles), weight))
    unique(named)
    return tuple(pools)
