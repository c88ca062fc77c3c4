"""Reading what our pages say from their sources: templates by Django's own reader, Python by its syntax tree."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

from kernel.lifecycle import Lifecycle
from tenant_apps.attribution.rules import CHANNELS, MODELS, VERDICTS
from tenant_apps.commissions.rules import STEPS, WHYS, WORDS
from tenant_apps.programs.states import Role
from tests.portal.refusals import refusals

PLACES = ("themes/default/templates", "shared_apps", "tenant_apps")
OWN_CATALOGUE = ("tenant_apps/settlements/documents", "tenant_apps/settlements/templates", "tenant_apps/programs/rules")
"""What statements and contracts say: in catalogues of their own, held to it by tests beside them."""
UNFOLD = (
    "Type to search", "Filters", "Search apps and models...", "Apply Filters", "Clear all filters", "Go back", "Dark",
    "Light", "System", "Nothing matched your search", "View site", "Toggle sorting", "Remove from sorting",
    "Available shortcuts", "Changelist shortcuts", "Clear", "Command tool shortcuts", "Create new record",
    "Global shortcuts", "Navigate", "Open command tool", "Open selection", "Open selection in new tab",
    "Open shortcuts list", "Select", "Toggle dark/light mode", "Toggle filter", "Toggle sidebar",
)  # fmt: skip
"""What stands on the console's pages and is said by Unfold, which speaks English only."""
CALLS = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "pgettext")
TEXT = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
CALL = re.compile(rf"\b(?:n?p?gettext|_)\(((?:\s*{TEXT}\s*,?)+)")


def messages() -> dict[tuple[str, ...], str]:
    """Every message that a page or a refusal may say, as (text,) or (singular, plural), with the file that says it."""
    root = Path(settings.BASE_DIR)
    found: dict[tuple[str, ...], str] = {(text,): "unfold" for text in UNFOLD}
    found |= {(text,): "rules" for text in told_by_rules()}
    found |= {(text,): "refusals" for text in refusals()}
    for path in sorted(path for place in PLACES for path in (root / place).rglob("*")):
        if str(path.relative_to(root)).startswith(OWN_CATALOGUE):
            continue
        if path.suffix in (".html", ".txt"):
            told = of_template(path.read_text())
        elif path.suffix == ".py":
            told = of_python(path.read_text())
        else:
            continue
        for message in told:
            found.setdefault(message, str(path.relative_to(root)))
    return found


def lifecycles() -> dict[Lifecycle[StrEnum], str]:
    """Return every lifecycle there is with its name, which refusals of a step have in them."""
    places = [f"{app.name}.states" for app in apps.get_app_configs() if app.name.startswith(("tenant_", "shared_"))]
    found = [vars(import_module(place)).values() for place in places if find_spec(place)]
    return {each: each.name for values in found for each in values if isinstance(each, Lifecycle)}


def told_by_rules() -> set[str]:
    """Return what stored codes are worded with: rules know no translations, so their tables are read."""
    sentences = {
        *lifecycles().values(),
        *VERDICTS.values(),
        *MODELS.values(),
        *CHANNELS.values(),
        *WHYS.values(),
        *WORDS.values(),
        *Role,
    }
    told = {str(text) for text in sentences} | {text for step in STEPS.values() for text in step}
    return {text for text in told if re.search("[A-Za-z]", re.sub(r"%\(\w+\)s", "", text))}


def of_template(source: str) -> Iterator[tuple[str, ...]]:
    for call in CALL.finditer(templatize(source)):
        yield tuple(ast.literal_eval(text) for text in re.findall(TEXT, call[1]))


def of_python(source: str) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
            texts = tuple(
                arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            )
            if texts:
                yield texts
