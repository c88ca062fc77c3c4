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
    """A version is effective from a day on, until the next one ends it."""

    EFFECTIVE = "effective"
    ENDED = "ended"


CONTRACT = Lifecycle("contract version", {ContractState.EFFECTIVE: {ContractState.ENDED}, ContractState.ENDED: set()})


class Role(StrEnum):
    """What a partner is to the brand in a deal; credit and pay are per role."""

    AFFILIATE = "affiliate"
    SITE = "site"
    AGENT = "agent"
    CREATOR = "creator"
    DISTRIBUTOR = "distributor"
    VENDOR = "vendor"
