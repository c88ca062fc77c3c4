from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ExportRequested(Event):
    name: ClassVar[str] = "export.requested"
    aggregate_field: ClassVar[str] = "export_ref"
    export_ref: str


@dataclass(frozen=True, kw_only=True)
class ExportAdvanced(Event):
    """A chunk of rows is on disk; `step` is the number of the next one."""

    name: ClassVar[str] = "export.advanced"
    aggregate_field: ClassVar[str] = "export_ref"
    export_ref: str
    step: int


@dataclass(frozen=True, kw_only=True)
class ExportFinished(Event):
    name: ClassVar[str] = "export.finished"
    aggregate_field: ClassVar[str] = "export_ref"
    export_ref: str


@dataclass(frozen=True, kw_only=True)
class SimulationRequested(Event):
    name: ClassVar[str] = "simulation.requested"
    aggregate_field: ClassVar[str] = "simulation_ref"
    simulation_ref: str


@dataclass(frozen=True, kw_only=True)
class SimulationAdvanced(Event):
    """A chunk of sales is simulated; `step` is the number of the next one."""

    name: ClassVar[str] = "simulation.advanced"
    aggregate_field: ClassVar[str] = "simulation_ref"
    simulation_ref: str
    step: int


@dataclass(frozen=True, kw_only=True)
class SimulationFinished(Event):
    name: ClassVar[str] = "simulation.finished"
    aggregate_field: ClassVar[str] = "simulation_ref"
    simulation_ref: str
