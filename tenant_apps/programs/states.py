from enum import StrEnum

from kernel.lifecycle import Lifecycle


class EnrollmentState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


ENROLLMENT = Lifecycle(
    "enrollment",
    {
        EnrollmentState.ACTIVE: {EnrollmentState.PAUSED, EnrollmentState.ENDED},
        EnrollmentState.PAUSED: {EnrollmentState.ACTIVE, EnrollmentState.ENDED},
        EnrollmentState.ENDED: set(),
    },
)


class ContractState(StrEnum):
    """A version is drafted and proposed by the brand, accepted by the partner, effective from its day on, then ended.

    What applies at an instant is read from `effective_from` and `effective_to`, which are set when the
    version is agreed on; `effective` and `ended` are how a job says the same to people, if need be later.
    A draft is accepted at once only where it records what was signed on paper; what was agreed on is
    withdrawn only with a deal that ends before it begins.
    """

    DRAFT = "draft"
    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    EFFECTIVE = "effective"
    ENDED = "ended"

    @property
    def is_agreed(self) -> bool:
        return self in (ContractState.ACCEPTED, ContractState.EFFECTIVE, ContractState.ENDED)


AGREED = tuple(state for state in ContractState if state.is_agreed)

CONTRACT = Lifecycle(
    "contract version",
    {
        ContractState.DRAFT: {ContractState.PROPOSED, ContractState.ACCEPTED, ContractState.WITHDRAWN},
        ContractState.PROPOSED: {ContractState.ACCEPTED, ContractState.DECLINED, ContractState.WITHDRAWN},
        ContractState.WITHDRAWN: set(),
        ContractState.DECLINED: set(),
        ContractState.ACCEPTED: {ContractState.EFFECTIVE, ContractState.WITHDRAWN},
        ContractState.EFFECTIVE: {ContractState.ENDED},
        ContractState.ENDED: set(),
    },
)


class Verdict(StrEnum):
    """How a version was answered: by the partner, or on paper, recorded by an operator with a note."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    RECORDED = "recorded"


class ManualLines(StrEnum):
    """Whether what a person writes beside the rules waits for delivery and hold, or is payable at once."""

    OBEY = "obey"
    BYPASS = "bypass"


class Role(StrEnum):
    """What a partner is to the brand in a deal; credit and pay are per role."""

    AFFILIATE = "affiliate"
    SITE = "site"
    CAMPAIGN = "campaign"
    PLATFORM = "platform"
    AGENT = "agent"
    CREATOR = "creator"
    DISTRIBUTOR = "distributor"
    VENDOR = "vendor"
