"""Contracts are said in plain words, and in Korean and Spanish, too."""

import ast
import gettext
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from hypothesis import given

from tenant_apps.programs.rules import FIELDS, read_terms, said_bonus, said_level, said_rule, said_term
from tests.programs.dealing import DOCUMENTS

PLACEHOLDER = re.compile(r"%\(\w+\)s")
FOLDER = Path(settings.BASE_DIR) / "tenant_apps" / "programs"


def texts() -> set[str]:
    """Every text that a saying may have, read from the sources."""
    found = set()
    for source in ("wording", "diff"):
        for node in ast.walk(ast.parse((FOLDER / "rules" / f"{source}.py").read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return found


@pytest.mark.parametrize("language", ["ko", "es"])
def test_every_saying_is_translated_with_its_values(language: str) -> None:
    folder = FOLDER / "locale" / language / "LC_MESSAGES"
    with (folder / "django.po").open("rb") as file:
        written = {message.id: message.string for message in read_po(file, locale=language) if message.id}
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert texts() <= set(written)
    for text, translated in written.items():
        assert compiled.gettext(text) == translated
        assert set(PLACEHOLDER.findall(translated)) == set(PLACEHOLDER.findall(text)), text


@given(DOCUMENTS)
def test_whatever_is_read_can_be_said(document: dict[str, Any]) -> None:
    whole = read_terms(document).document
    said = [str(said_rule(rule, "EUR")) for rule in whole["rules"]]
    said += [str(said_term(name, whole)) for name in FIELDS if name not in ("rules", "levels", "bonuses")]
    assert all(said)
    assert not any("%(" in sentence or "{" in sentence for sentence in said)


def test_levels_and_bonuses_are_said() -> None:
    assert str(said_level({"level": 1, "of": "commission", "rate": "0.1"})) == (
        "10 % of the commission of partners recruited, level 1"
    )
    bonus = {"id": "b", "measure": "period_revenue", "reach": 10_00, "amount_minor": 5_00, "period": "quarter"}
    assert str(said_bonus(bonus, "EUR")) == "5.00 EUR once when the revenue of a quarter reaches 10.00 EUR"
