"""Who acts, and who is a second person."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.actor import Actor, ActorKind, system

KINDS = st.sampled_from(get_args(ActorKind))
PEOPLE = st.sampled_from(["usr_ann", "usr_ben"])
KEYS = st.none() | PEOPLE


def test_a_program_belongs_to_somebody() -> None:
    with pytest.raises(ValueError, match="belongs to somebody"):
        Actor("operator", "key_1", "A key", owner="")


@given(KINDS, PEOPLE, KEYS, PEOPLE, KEYS)
def test_nobody_is_a_second_person_after_themselves_by_whatever_key(
    kind: ActorKind, first: str, first_owner: str | None, second: str, second_owner: str | None
) -> None:
    began, decides = Actor("operator", first, "A", owner=first_owner), Actor(kind, second, "B", owner=second_owner)
    same = (first_owner or first) == (second_owner or second)
    assert decides.is_second_after(began.person) == (kind == "operator" and not same)


def test_machines_decide_nothing_and_nothing_is_decided_that_nobody_began() -> None:
    assert not system("jobs").is_second_after("usr_ann")
    assert not Actor("operator", "usr_ben", "Ben").is_second_after("")
    assert Actor("operator", "usr_ben", "Ben").is_second_after(system("jobs").person)
