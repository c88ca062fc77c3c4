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


@dataclass(frozen=True, kw_only=True)
class DealSubmitted(Event):
    name: ClassVar[str] = "deal.submitted"
    aggregate_field: ClassVar[str] = "deal_ref"
    deal_ref: str


@dataclass(frozen=True, kw_only=True)
class DealQualified(Event):
    name: ClassVar[str] = "deal.qualified"
    aggregate_field: ClassVar[str] = "deal_ref"
    deal_ref: str


@dataclass(frozen=True, kw_only=True)
class AgentEntered(Event):
    name: ClassVar[str] = "agent.entered"
    aggregate_field: ClassVar[str] = "entry_ref"
    entry_ref: str


@dataclass(frozen=True, kw_only=True)
class TouchesImported(Event):
    """Imported touches precede a payment of this order."""

    name: ClassVar[str] = "touches.imported"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str


@dataclass(frozen=True, kw_only=True)
class DuplicateSuspected(Event):
    """`order_ref` is the later order, the one in doubt."""

    name: ClassVar[str] = "duplicate.suspected"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    suspicion_ref: str


@dataclass(frozen=True, kw_only=True)
class DuplicateDismissed(Event):
    name: ClassVar[str] = "duplicate.dismissed"
    aggregate_field: ClassVar[str] = "order_ref"
    order_ref: str
    suspicion_ref: str


@dataclass(frozen=True, kw_only=True)
class ImportStarted(Event):
    name: ClassVar[str] = "import.started"
    aggregate_field: ClassVar[str] = "import_ref"
    import_ref: str


@dataclass(frozen=True, kw_only=True)
class ImportAdvanced(Event):
    """A chunk of rows is taken; `step` is the number of the next one."""

    name: ClassVar[str] = "import.advanced"
    aggregate_field: ClassVar[str] = "import_ref"
    import_ref: str
    step: int
