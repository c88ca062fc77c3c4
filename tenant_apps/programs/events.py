from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class PartnerEnrolled(Event):
    name: ClassVar[str] = "partner.enrolled"
    aggregate_field: ClassVar[str] = "partner_ref"
    partner_ref: str
    enrollment_ref: str
