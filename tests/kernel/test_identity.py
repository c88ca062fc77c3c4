"""Errors, lifecycles, actors and public ids."""

import itertools
import re
from enum import StrEnum

import pytest

from kernel.actor import Actor, system
from kernel.errors import DomainError, Forbidden, IllegalTransition, InvalidInput, NotFound
from kernel.ids import public_id
from kernel.lifecycle import Lifecycle


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


LAMP = Lifecycle("lamp", {Lamp.OFF: {Lamp.ON}, Lamp.ON: {Lamp.OFF, Lamp.BROKEN}, Lamp.BROKEN: set()})


@pytest.mark.parametrize(("current", "target"), list(itertools.product(Lamp, Lamp)))
def test_only_steps_of_the_table_are_legal(current: Lamp, target: Lamp) -> None:
    legal = {(Lamp.OFF, Lamp.ON), (Lamp.ON, Lamp.OFF), (Lamp.ON, Lamp.BROKEN)}
    assert LAMP.allows(current, target) == ((current, target) in legal)
    if (current, target) in legal:
        LAMP.check(current, target)
        return
    with pytest.raises(IllegalTransition) as caught:
        LAMP.check(current, target)
    assert caught.value.as_dict() == {
        "code": "illegal_transition",
        "message": f"lamp cannot go from {current} to {target}.",
        "details": {"lifecycle": "lamp", "current": str(current), "target": str(target)},
    }


def test_a_table_answers_what_leads_here() -> None:
    assert LAMP.sources(Lamp.OFF) == LAMP.sources(Lamp.BROKEN) == {Lamp.ON}


def test_a_table_names_every_state() -> None:
    with pytest.raises(ValueError, match="broken"):
        Lifecycle("lamp", {Lamp.OFF: {Lamp.ON}, Lamp.ON: set()})
    with pytest.raises(ValueError, match="no states"):
        Lifecycle[Lamp]("lamp", {})


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DomainError("No."), 409, "domain_error"),
        (NotFound(), 404, "not_found"),
        (Forbidden(), 403, "forbidden"),
        (InvalidInput(field="a", message="b"), 422, "invalid_input"),
    ],
)
def test_errors_have_a_status_and_one_shape(error: DomainError, status: int, code: str) -> None:
    assert error.status == status
    assert error.as_dict() == {"code": code, "message": str(error), "details": error.details}


def test_invalid_input_lists_every_field() -> None:
    errors = [{"field": "a", "message": "is missing"}, {"field": "b", "message": "is unknown"}]
    error = InvalidInput(errors=errors)
    assert error.details == {"errors": errors}
    assert (error.field, error.message) == ("a", "a: is missing")
    assert InvalidInput(message="Not JSON.").message == "Not JSON."


def test_actors_say_who_and_hold_roles() -> None:
    ann = Actor(kind="operator", id="usr_1", label="Ann", roles=frozenset({"finance"}))
    assert (ann.person, ann.roles) == ("usr_1", {"finance"})
    assert system("sweeper", request_id="r1") == Actor(
        kind="system", id="sweeper", label="System (sweeper)", request_id="r1"
    )


@pytest.mark.parametrize(("kind", "id_"), [("robot", "x"), ("system", "")])
def test_an_actor_without_kind_or_id_is_refused(kind: str, id_: str) -> None:
    with pytest.raises(ValueError, match="actor"):
        Actor(kind=kind, id=id_, label="x")  # type: ignore[arg-type]


def test_ids_are_unique_well_formed_and_sort_by_time() -> None:
    made = [public_id("ord") for _ in range(2000)]
    assert len(set(made)) == 2000
    assert all(re.fullmatch("ord_[0-7][0-9a-hjkmnp-tv-z]{25}", value) for value in made)
    assert [value[4:14] for value in made] == sorted(value[4:14] for value in made)


@pytest.mark.parametrize("prefix", ["", "Ord", "a_b", "1a", "a" * 13])
def test_a_bad_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        public_id(prefix)
