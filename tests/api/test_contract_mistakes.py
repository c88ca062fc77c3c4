"""Terms that cannot be are refused with every reason at its field, and nothing of them is kept."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from config.api import brand_api
from kernel.strict import FORMS
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.programs.models import ContractVersion
from tenant_apps.settlements.actions import close_period
from tests.commissions.selling import offer_at
from tests.settlements.books import ANNA, JUNE, MAY, earned, enrolled

from .conftest import ask

TEN: dict[str, Any] = {"id": "ten", "pay": {"kind": "percent", "rate": "0.10"}}


def tiered(*bounds: Any, measure: str = "period_revenue") -> dict[str, Any]:
    value: dict[str, Any] = {"rate": "0.05"} if measure == "period_revenue" else {"amount_minor": 5}
    tiers = [{"from": bound} | value for bound in bounds]
    return {"id": "t", "pay": {"kind": "tiered", "measure": measure, "mode": "whole", "tiers": tiers}}


@pytest.fixture
def deal(aurora: Brand) -> str:
    """A deal of a brand that sells in euros and has closed May."""
    with brand_entered(aurora):
        offer_at(100_00)
        enrollment = enrolled(aurora)
        earned(enrollment, 100, MAY)
        close_period(label="2026-05", actor=ANNA, at=JUNE)
        return enrollment.public_id


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rules": [TEN, tiered(0, 20_000, 20_000)]}, {"rules[1].pay.tiers[2].from": "must be above the tier before"}),
        ({"rules": [tiered(0, 500, 400)]}, {"rules[0].pay.tiers[2].from": "must be above the tier before, 500"}),
        ({"rules": [tiered(100, 200)]}, {"rules[0].pay.tiers[0].from": "the first tier starts at 0"}),
        ({"rules": [tiered(2, 9, measure="period_count")]}, {"rules[0].pay.tiers[0].from": "starts at 0 or 1"}),
        ({"currency": "USD"}, {"currency": "no offer has a price in USD; there are EUR"}),
        ({"currency": "usd"}, {"currency": "must be an ISO 4217 currency code"}),
        ({"starts_at": "2026-05-31T23:59:59+02:00"}, {"starts_at": "lies in a closed period"}),
        ({"starts_at": "2026-06-01T00:00:00+02:00", "currency": "KRW"}, {"currency": "no offer has a price in KRW"}),
        (
            {"currency": "USD", "starts_at": "2026-01-01T00:00:00Z"},
            {"currency": "no offer has a price in USD", "starts_at": "the books are open since 2026-05-31T22:00:00"},
        ),
        (
            {"rules": [TEN | {"when": {"produkt": ["x"]}}, tiered(0, 0)], "hold_days": -1},
            {"rules[0].when.produkt": "did you mean product?", "rules[1].pay.tiers[1].from": "above", "hold_days": "0"},
        ),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused_at_each_field(
    aurora: Brand, key_of: Callable[..., str], deal: str, change: dict[str, Any], told: dict[str, str]
) -> None:
    terms = {"currency": "EUR", "rules": [TEN]} | change
    answer = ask(
        aurora, f"/partners/enrollments/{deal}/contracts", key_of(aurora), "post", data={"terms": terms},
        content_type="application/json",
    )  # fmt: skip
    found = {error["field"]: error["message"] for error in answer.json()["details"]["errors"]}
    assert (answer.status_code, found.keys()) == (422, {f"terms.{field}" for field in told})
    assert all(words in found[f"terms.{field}"] for field, words in told.items()), found
    with brand_entered(aurora):
        assert ContractVersion.objects.count() == 1


def test_the_first_instant_of_the_open_period_is_no_mistake(
    aurora: Brand, key_of: Callable[..., str], deal: str
) -> None:
    terms = {"currency": "EUR", "rules": [TEN], "starts_at": "2026-06-01T00:00:00+02:00"}
    answer = ask(
        aurora, f"/partners/enrollments/{deal}/contracts", key_of(aurora), "post", data={"terms": terms},
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    with brand_entered(aurora):
        made = ContractVersion.objects.latest("pk")
        assert (made.state, made.starts_at) == ("draft", datetime(2026, 5, 31, 22, tzinfo=UTC))


def test_no_mistake_is_told_by_a_class_or_a_regular_expression(
    aurora: Brand, key_of: Callable[..., str], deal: str
) -> None:
    address, key = f"/partners/enrollments/{deal}/contracts", key_of(aurora)
    answer = ask(aurora, address, key, "post", data=[], content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["details"]["errors"][0]["message"] == "must be an object"
    answer = ask(aurora, "/contracts", key, "get", data={"partner": "Nordlicht"})
    assert (answer.status_code, answer.json()["details"]["errors"]) == (
        422, [{"field": "partner", "message": "must be an id: its kind, _ and 26 letters or digits"}],
    )  # fmt: skip


def test_every_pattern_of_the_interface_has_words() -> None:
    patterns = set(_patterns_in(brand_api.get_openapi_schema()))
    assert patterns - set(FORMS) == set()


def _patterns_in(document: Any) -> Iterator[str]:
    if isinstance(document, dict) and isinstance(document.get("pattern"), str):
        yield document["pattern"]
    parts = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for part in parts:
        yield from _patterns_in(part)
