"""The published cases give over HTTP what the rules give."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kernel.errors import InvalidInput
from shared_apps.brands.models import Brand
from tenant_apps.settlements.rules.preview import preview

from .conftest import ask

FILES = sorted((Path(__file__).resolve().parents[1] / "cases").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_published_case_is_the_same_over_http(aurora: Brand, key_of: Callable[..., str], file: Path) -> None:
    secret, kind = key_of(aurora), file.stem
    document = json.loads(file.read_text())
    cases: list[dict[str, Any]] = document["cases"] if isinstance(document, dict) else document
    assert cases
    for case in cases:
        answer = ask(aurora, f"/previews/{kind}", secret, "post", data=case["input"], content_type="application/json")
        try:
            expected: Any = (200, preview(kind, case["input"]))
        except InvalidInput as wrong:
            expected = (422, wrong.as_dict())
        assert (answer.status_code, answer.json()) == expected
