from datetime import date
from typing import Any, Literal

from ninja import Schema


class RecordOut(Schema):
    """A row that is for ever, as it is hashed: whole numbers as such, other figures and instants as text."""

    table: str
    row: dict[str, Any]


class StepOut(Schema):
    """One step from the row's leaf to the root: the neighbour's hash, and on which side it stands."""

    side: Literal["left", "right"]
    hash: str


class SealHeadOut(Schema):
    """What a seal's own hash is over, and that hash."""

    chain: str
    brand: str
    number: int
    day: date
    root: str
    previous_hash: str
    bounds_hash: str
    sealed_at: str
    hash: str


class ProofOut(Schema):
    """All that a stranger needs to check a row against the published root, with `verify_inclusion.py`."""

    format: str
    record: RecordOut
    path: list[StepOut]
    seal: SealHeadOut
