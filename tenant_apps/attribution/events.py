from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ConversionAttributed(Event):
    name: ClassVar[str] = "conversion.attributed"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    attribution_ref: str


@dataclass(frozen=True, kw_only=True)
class ConversionReattributed(Event):
    """A later fact changed who shares a conversion: `attribution_ref` replaces `previous_ref`."""

    name: ClassVar[str] = "conversion.reattributed"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    attribution_ref: str
    previous_ref: str
