"""A tree of hashes over rows, its root, the path from a row to the root, and the hash of a seal that closes it.

What is hashed says first what it is: a row can never pass for a leaf, nor a leaf for a node.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

# The seal before the first one.
NO_HASH = "0" * 64
_ROW, _LEAF, _NODE, _SEAL = b"\x00", b"\x01", b"\x02", b"\x03"


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a leaf to the root: the neighbour's hash, and on which side it stands."""

    side: Literal["left", "right"]
    hash: str


def digest_of(content: Any) -> str:
    """Return the plain hash of a canonical content (JSON, keys sorted, no blanks, ASCII)."""
    return _sha256(_canonical(content))


def row_hash(content: dict[str, Any]) -> str:
    """Return the hash of one row's canonical content."""
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


def _canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _sha256(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()
