"""What a posting is, the hash that tells whether two of one cause are the same, and the sealed hash tree."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from kernel.clock import aware
from kernel.currencies import is_currency
from kernel.splits import split
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import InvalidPosting

GREATEST_AMOUNT = 2**63 - 1
LONGEST_CAUSE = 160
PROOF_FORMAT = "tributary-inclusion-1"
# What is hashed says first what it is: a row can never pass for a leaf, nor a leaf for a node.
_ROW, _LEAF, _NODE, _SEAL = b"\x00", b"\x01", b"\x02", b"\x03"


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer to be: an amount in minor units out of `credit` into `debit`."""

    debit: AccountRef
    credit: AccountRef
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One entry to be among many: what `post` is asked for one cause whose fact may come late."""

    cause: str
    description: str
    transfers: tuple[Posting, ...]
    belongs_to: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a leaf to the root: the neighbour's hash, and on which side it stands."""

    side: Literal["left", "right"]
    hash: str


def check_postings(cause: str, transfers: Sequence[Posting]) -> None:
    """Raise InvalidPosting unless every transfer moves something between two accounts."""
    if not cause.strip() or len(cause) > LONGEST_CAUSE:
        raise InvalidPosting(f"An entry needs a cause of 1 to {LONGEST_CAUSE} characters.", cause=cause)
    if not transfers:
        raise InvalidPosting(f"{cause}: an entry needs at least one transfer.", cause=cause)
    for position, posting in enumerate(transfers):
        amount = posting.amount_minor
        if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= GREATEST_AMOUNT:
            raise InvalidPosting(f"{cause}: transfer {position} moves {amount!r}, not a positive amount.", cause=cause)
        if posting.debit.code == posting.credit.code:
            raise InvalidPosting(f"{cause}: transfer {position} has {posting.debit.code} on both sides.", cause=cause)
        if not is_currency(posting.currency):
            raise InvalidPosting(f"{cause}: {posting.currency!r} is no currency.", cause=cause)


def request_hash(
    *, cause: str, description: str, transfers: Sequence[Posting], happened_at: datetime, reverses: str | None
) -> str:
    """Return the sha256 over the canonical content of an entry; `reverses` is the cause of the original.

    The time of booking is left out, and the date in the books where it is not when it happened: the same
    request a minute later, or after the books were closed, is the same request.
    """
    content = [
        cause, description, aware(happened_at).isoformat(timespec="microseconds"), reverses,
        [[_named(t.debit), _named(t.credit), t.amount_minor, t.currency] for t in transfers],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()


def reversal_parts(amount_minor: int, *, booked: Mapping[int, int], gone: Mapping[int, int]) -> dict[int, int]:
    """Return how an amount that goes back falls on transfers, by position; `gone` went back before.

    By cumulative difference: what has gone back in all is split by what was booked, by largest remainder.
    Where an earlier reversal fell otherwise, the amount goes to those that are behind. No transfer ever
    gives back more than it has left. Raises ValueError when the amount is more than all have left.
    """
    after = sum(gone.values()) + amount_minor
    if after > sum(booked.values()):
        raise ValueError("more goes back than is left")
    positions = sorted(booked)
    targets = split(after, [booked[position] for position in positions])
    behind = [max(0, target - gone[position]) for position, target in zip(positions, targets, strict=True)]
    return dict(zip(positions, split(amount_minor, behind), strict=True))


def happened_at(cause: str, effective_at: datetime | None, belongs_to: datetime | None) -> datetime:
    """Return when a fact happened. Raises InvalidPosting without a date, or when it is booked before it happened."""
    fact = belongs_to or effective_at
    if fact is None:
        raise InvalidPosting(f"{cause}: an entry needs a date.", cause=cause)
    if effective_at is not None and effective_at < fact:
        raise InvalidPosting(f"{cause}: it cannot be booked before the date it belongs to.", cause=cause)
    return fact


def _named(account: AccountRef) -> list[str]:
    return [account.code, str(account.kind)]


def row_hash(content: dict[str, Any]) -> str:
    """Return the hash of one row's canonical content (JSON, keys sorted, no blanks, ASCII)."""
    return _sha256(_ROW, _canonical(content))


def leaf_hash(row_hashes: Sequence[str]) -> str:
    """Return the leaf of one entry: over the hash of its own row, then those of its transfers in id order."""
    return _sha256(_LEAF, *map(bytes.fromhex, row_hashes))


def merkle_root(leaves: Sequence[str]) -> str:
    """Return the root over the leaves in order. Raises ValueError without any.

    An odd one at the end rises as it is: doubling it would give two lists one root.
    """
    return _levels(leaves)[-1][0]


def inclusion_path(leaves: Sequence[str], index: int) -> list[Step]:
    """Return the steps from the leaf at `index` up to the root: one per level at most."""
    if not 0 <= index < len(leaves):
        raise IndexError("there is no such leaf")
    path = []
    for level in _levels(leaves)[:-1]:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(Step("left" if neighbour < index else "right", level[neighbour]))
        index //= 2
    return path


def root_from(leaf: str, path: Sequence[Step]) -> str:
    """Return the root that a leaf and its path lead to."""
    for step in path:
        leaf = _node(step.hash, leaf) if step.side == "left" else _node(leaf, step.hash)
    return leaf


def seal_hash(head: dict[str, Any]) -> str:
    """Return a seal's own hash: over everything it says, the hash of the seal before it included."""
    return _sha256(_SEAL, _canonical(head))


def _levels(leaves: Sequence[str]) -> list[list[str]]:
    if not leaves:
        raise ValueError("a tree needs a leaf")
    levels = [list(leaves)]
    while len(level := levels[-1]) > 1:
        above = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        levels.append(above + level[len(above) * 2 :])
    return levels


def _node(left: str, right: str) -> str:
    return _sha256(_NODE, bytes.fromhex(left), bytes.fromhex(right))


def _canonical(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _sha256(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()
