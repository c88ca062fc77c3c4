"""Reversals of a transfer: told in any order and number, each part counts once, and never more than was sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant_apps.payments.errors import FactsDiffer
from tenant_apps.payments.rules import newly_reversed


@given(
    parts=st.lists(st.integers(1, 10**13), min_size=1, max_size=8), left=st.integers(0, 10**15), data=st.data(),
    named=st.integers(1, 3),
)  # fmt: skip
def test_any_order_of_messages_ends_in_the_same_parts(parts: list[int], left: int, data: Any, named: int) -> None:
    whole = [(f"trr_{number}", minor) for number, minor in enumerate(parts)]
    # Each message names the latest few at its time; the look-up names all.
    messages = [whole[max(end - named, 0) : end] for end in range(1, len(whole) + 1)] + [whole]
    order = data.draw(st.permutations(messages + data.draw(st.lists(st.sampled_from(messages), max_size=4))))
    known: dict[str, int] = {}
    told: list[tuple[str, int]] = []
    for message in order:
        fresh = newly_reversed(sent_minor=sum(parts) + left, currency="EUR", known=known, told=message)
        told += fresh
        known |= dict(fresh)
    assert known == dict(whole)
    assert sorted(told) == sorted(whole)


@given(parts=st.lists(st.integers(1, 10**13), min_size=1, max_size=8), over=st.integers(1, 10**13))
def test_more_than_was_sent_never_comes_back(parts: list[int], over: int) -> None:
    known = {f"trr_{number}": minor for number, minor in enumerate(parts)}
    with pytest.raises(FactsDiffer):
        newly_reversed(sent_minor=sum(parts), currency="EUR", known=known, told=[("trr_more", over)])
    with pytest.raises(FactsDiffer):
        newly_reversed(sent_minor=sum(parts), currency="EUR", known=known, told=[("trr_0", parts[0] + over)])
