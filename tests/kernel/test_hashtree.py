"""The hash tree alone: every leaf is provable, and nothing else is."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.hashtree import (
    Step,
    inclusion_path,
    leaf_hash,
    merkle_root,
    row_hash,
    seal_hash,
)

hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
trees = st.lists(hashes, min_size=1, max_size=70, unique=True)


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x02" + left + right).digest()


def root_from(leaf: str, path: list[Step]) -> str:
    """Where a leaf and its path lead, as a partner works it out."""
    at = bytes.fromhex(leaf)
    for step in path:
        beside = bytes.fromhex(step.hash)
        at = node(beside, at) if step.side == "left" else node(at, beside)
    return at.hex()


@given(leaves=trees, data=st.data())
def test_every_leaf_leads_to_the_root_in_few_steps(leaves: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = inclusion_path(leaves, index)
    assert root_from(leaves[index], path) == merkle_root(leaves)
    assert len(path) <= (len(leaves) - 1).bit_length()


@given(leaves=trees, stranger=hashes, data=st.data())
def test_a_stranger_leads_nowhere(leaves: list[str], stranger: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    if stranger not in leaves:
        assert root_from(stranger, inclusion_path(leaves, index)) != merkle_root(leaves)


@given(leaves=trees, data=st.data())
def test_another_list_has_another_root(leaves: list[str], data: st.DataObject) -> None:
    other = list(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    what = data.draw(st.sampled_from(["drop", "swap", "double", "end"]))
    if what == "drop":
        other.pop(index)
    elif what == "swap":
        other[index], other[0] = other[0], other[index]
    else:
        other.append(leaves[index if what == "double" else -1])
    if other and other != leaves:
        assert merkle_root(other) != merkle_root(leaves)


@given(leaves=st.lists(hashes, min_size=2, max_size=20, unique=True), data=st.data())
def test_a_path_with_a_step_turned_or_left_out_is_none(leaves: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = inclusion_path(leaves, index)
    at = data.draw(st.integers(0, len(path) - 1))
    step = path[at]
    turned = [*path[:at], Step("left" if step.side == "right" else "right", step.hash), *path[at + 1 :]]
    assert root_from(leaves[index], turned) != merkle_root(leaves)
    assert root_from(leaves[index], path[:at] + path[at + 1 :]) != merkle_root(leaves)


def test_the_tree_of_three_by_hand() -> None:
    a, b, c = (hashlib.sha256(letter).digest() for letter in (b"a", b"b", b"c"))
    assert merkle_root([a.hex(), b.hex(), c.hex()]) == node(node(a, b), c).hex()


def test_a_row_a_leaf_a_node_and_a_seal_are_never_taken_for_each_other() -> None:
    content: dict[str, Any] = {"id": 1}
    row = row_hash(content)
    assert len({row, leaf_hash([row]), merkle_root([row, row]), leaf_hash([row, row]), seal_hash(content)}) == 5


def test_there_is_no_tree_without_leaves_and_no_path_beyond_them() -> None:
    with pytest.raises(ValueError, match="needs a leaf"):
        merkle_root([])
    for index in (-1, 1):
        with pytest.raises(IndexError):
            inclusion_path(["00" * 32], index)
