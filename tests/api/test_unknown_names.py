"""A name in the query that an operation does not take is refused: a filter passed over would let everything through."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from shared_apps.brands.models import Brand

from .conftest import ask
from .test_foreign_brand import DECLARED, entered

NEEDED = {"method": "csv", "currency": "EUR"}
SURPRISES = {"stat": "pending", "Page": "2"}


def read(brand: Brand, key: str) -> Iterator[tuple[str, Any, list[str]]]:
    """Ask each operation that reads, about a thing that does not exist where it asks for one."""
    partner = entered(brand, "par_1")
    for operation, declared in DECLARED.items():
        method, path = operation.split(" ", maxsplit=1)
        if method != "GET":
            continue
        about = re.sub(r"{\w+}", "abc_" + "0" * 26, path)
        asked = [each for each in declared.get("parameters", []) if each["in"] == "query"]
        names = {each["name"]: NEEDED[each["name"]] for each in asked if each.get("required")} | SURPRISES
        is_own = path.startswith("/partner/")
        answer = partner.get(f"/api/v1{about}", names) if is_own else ask(brand, about, key, data=names)
        yield operation, answer, [each["name"] for each in asked]


def test_every_list_and_page_names_what_it_does_not_take(aurora: Brand, key_of: Callable[..., str]) -> None:
    asked = 0
    for operation, answer, known in read(aurora, key_of(aurora)):
        assert answer.status_code == 422, (operation, answer.content)
        errors = answer.json()["details"]["errors"]
        assert [error["field"] for error in errors] == list(SURPRISES), operation
        assert all(name in errors[0]["message"] for name in known), operation
        asked += 1
    assert asked > 60


def test_what_changes_something_takes_nothing_in_the_query(aurora: Brand, key_of: Callable[..., str]) -> None:
    body = {"total_minor": 100, "currency": "EUR", "parts": [{"id": "a", "weight": "1"}]}
    answer = ask(
        aurora, "/previews/split?dry=1", key_of(aurora), method="post", data=body, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["details"]["errors"]) == (
        422, [{"field": "dry", "message": "is no filter here"}],
    )  # fmt: skip
