from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class PartnerEnrolled(Event):
    name: ClassVar[str] = "partner.enrolled"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    enrollment_ref: str


@dataclass(frozen=True, kw_only=True)
class _ContractEvent(Event):
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    version_ref: str


@dataclass(frozen=True, kw_only=True)
class ContractProposed(_ContractEvent):
    name: ClassVar[str] = "contract.proposed"


@dataclass(frozen=True, kw_only=True)
class ContractWithdrawn(_ContractEvent):
    name: ClassVar[str] = "contract.withdrawn"


@dataclass(frozen=True, kw_only=True)
class ContractAccepted(_ContractEvent):
    name: ClassVar[str] = "contract.accepted"


@dataclass(frozen=True, kw_only=True)
class ContractDeclined(_ContractEvent):
    name: ClassVar[str] = "contract.declined"


@dataclass(frozen=True, kw_only=True)
class ContractInEffect(_ContractEvent):
    name: ClassVar[str] = "contract.in_effect"


@dataclass(frozen=True, kw_only=True)
class ContractEnded(_ContractEvent):
    name: ClassVar[str] = "contract.ended"


@dataclass(frozen=True, kw_only=True)
class EnrollmentChanged(Event):
    name: ClassVar[str] = "partner.enrollment_changed"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    enrollment_ref: str
    state: str
