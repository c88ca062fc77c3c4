from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class LeadOpened(Event):
    name: ClassVar[str] = "lead.opened"
    aggregate_field: ClassVar[str] = "lead_ref"
    lead_ref: str
    customer_ref: str
