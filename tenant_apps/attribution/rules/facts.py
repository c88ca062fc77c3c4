"""What a decision looks at: the conversion, the touches before it, and an award that overrules the model."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from kernel.clock import aware
from tenant_apps.attribution.rules.policy import Channel


class Reason(StrEnum):
    """Why a touch earns nothing, in the order in which it is decided."""

    AFTER_CONVERSION = "after_conversion"
    OUTSIDE_WINDOW = "outside_window"
    SELF_REFERRAL = "self_referral"
    LATE_CLICK = "late_click"
    DIRECT_IGNORED = "direct_ignored"
    CODE_NOT_CREDITED = "code_not_credited"
    AWARDED = "awarded"
    NO_POOL = "no_pool"
    LOWER_PRIORITY = "lower_priority"
    NOT_LAST = "not_last"
    NOT_FIRST = "not_first"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What is to be shared: an amount at an instant, and what is known of the customer.

    Contacts may be pseudonyms: only whether two are equal counts. Raises ValueError for naive datetimes.
    """

    at: datetime
    amount_minor: int
    currency: str
    customer_email: str | None = None
    checkout_opened_at: datetime | None = None
    customer_phone: str | None = None
    customer_card: str | None = None

    def __post_init__(self) -> None:
        # Python compares two datetimes of one zone by their wall clocks; UTC has no such trap.
        object.__setattr__(self, "at", aware(self.at))
        if self.checkout_opened_at is not None:
            object.__setattr__(self, "checkout_opened_at", aware(self.checkout_opened_at))


@dataclass(frozen=True, slots=True)
class Touch:
    """One meeting of the customer with a participant, in a role, by a channel. Raises as Conversion.

    A direct visit has no participant (None) and no role. `site`, `campaign` and `placement` are carried to the share.
    """

    id: str
    participant: str | None
    role: str
    channel: Channel
    at: datetime
    participant_email: str | None = None
    participant_phone: str | None = None
    participant_cards: frozenset[str] = frozenset()
    program: str = ""
    site: str = ""
    campaign: str = ""
    placement: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at))


@dataclass(frozen=True, slots=True)
class Awarded:
    """What a person decided that one participant gets: an exact fraction of the conversion."""

    participant: str
    role: str
    fraction: Fraction


Award = tuple[Awarded, ...]
