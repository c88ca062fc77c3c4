from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ConversionAttributed(Event):
    name: ClassVar[str] = "conversion.attributed"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    attribution_ref: str
