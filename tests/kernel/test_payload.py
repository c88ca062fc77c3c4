"""JSON is read strictly, and every refusal names the path of what was wrong."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

import pytest

from kernel.errors import InvalidInput
from kernel.payload import MAX_INTEGER, Payload, unique


class Colour(StrEnum):
    RED = "red"


def test_paths_lead_through_objects_and_lists() -> None:
    rule = Payload({"rules": [{}, {"pay": {"rate": "0.4"}}]}, "contract").required("rules").items()[1]
    assert rule.required("pay").required("rate").path == "contract.rules[1].pay.rate"


def test_a_null_is_a_value_of_a_rule_and_an_absent_fact() -> None:
    payload = Payload({"site": None})
    found = payload.optional("site")
    assert found is not None
    assert found.value is None
    assert payload.fact("site") is None
    assert payload.optional("campaign") is None


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1.0, lambda payload: payload.integer()),
        (True, lambda payload: payload.integer()),
        ("1", lambda payload: payload.integer()),
        (MAX_INTEGER + 1, lambda payload: payload.integer()),
        (-MAX_INTEGER - 1, lambda payload: payload.integer()),
        (0, lambda payload: payload.integer(at_least=1)),
        (1, lambda payload: payload.boolean()),
        (None, lambda payload: payload.text()),
        ("\t ", lambda payload: payload.text()),
        ("x" * 501, lambda payload: payload.text()),
        ("a\0b", lambda payload: payload.text()),
        ("\udfff", lambda payload: payload.text()),
        ("Red", lambda payload: payload.choice(Colour)),
        (["red"], lambda payload: payload.choice(Colour)),
        ("1.1", lambda payload: payload.rate(at_most=1)),
        ("-0.1", lambda payload: payload.rate()),
        (0.5, lambda payload: payload.rate()),
        (-1, lambda payload: payload.days()),
        (0, lambda payload: payload.days(above=0)),
        (7.5, lambda payload: payload.days()),
        ("usd", lambda payload: payload.currency()),
        ("2026-01-01T00:00:00", lambda payload: payload.instant()),
        ({}, lambda payload: payload.items()),
        ([], lambda payload: payload.items(at_least=1)),
        ([], lambda payload: payload.only()),
        ({"b": 1}, lambda payload: payload.only("a")),
        ({}, lambda payload: payload.required("a")),
    ],
)
def test_another_type_or_size_is_refused(value: object, read: Callable[[Payload], object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(Payload(value, "at.path"))
    assert caught.value.field.startswith("at.path")


def test_what_is_right_is_read_exactly() -> None:
    assert Payload(MAX_INTEGER).integer() == MAX_INTEGER
    assert Payload(-MAX_INTEGER).integer() == -MAX_INTEGER
    assert Payload("x" * 500).text() == "x" * 500
    assert Payload("홍길동").text() == "홍길동"
    assert Payload("1").rate(at_most=1) == 1
    assert Payload("7.5").days() == Decimal("7.5")
    assert Payload(0).days() == 0
    assert Payload("red").choice(Colour) is Colour.RED
    assert Payload(False).boolean() is False
    assert Payload("2026-03-10T00:00:00+09:00").instant().isoformat() == "2026-03-10T00:00:00+09:00"
    assert Payload("2026-03-10T00:00:00+09:00").utc().isoformat() == "2026-03-09T15:00:00+00:00"


def test_the_second_of_two_equal_keys_is_the_wrong_one() -> None:
    first, second = Payload("a", "[0].id"), Payload("a", "[1].id")
    unique([("a", first), ("b", second)])
    with pytest.raises(InvalidInput) as caught:
        unique([("a", first), ("a", second)])
    assert caught.value.field == "[1].id"
