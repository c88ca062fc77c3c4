from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class TouchRecorded(Event):
    name: ClassVar[str] = "touch.recorded"
    aggregate_field: ClassVar[str] = "visitor_ref"
    touch_ref: str
    visitor_ref: str
