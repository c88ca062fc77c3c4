"""Reading from the sources what people are refused with: sentences of errors, and what is wrong with a field."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

PLACES = ("tenant_apps", "shared_apps", "platform/kernel")
FOR_MACHINES = (
    "management", "migrations", "shared_apps/outbox/actions.py", "platform/kernel/strict.py",
    "settlements/rules/preview.py", "commissions/rules/preview_input.py", "documents/pdf",
)  # fmt: skip
"""Providers, the command line, bodies of the API: what they refuse is read by programs and engineers."""
SILENT = (
    "AssertionError", "Http404", "IllegalTransition", "IndexError", "InvalidInput", "KeyError", "MixedCurrencies",
    "NotImplementedError", "RuntimeError", "TimeoutError", "TypeError", "ValueError",
)  # fmt: skip
"""What nobody reads, or what names its sentence elsewhere in the call."""


@cache
def refusals() -> frozenset[str]:
    """Return every text that a refusal may have."""
    return frozenset(text for _, said in told() for text in texts_of(said))


def unsayable() -> list[str]:
    """Return where a refusal is put together in English: no other language can say it. `sentence()` can be."""
    return [f"{place}: {ast.unparse(said)}" for place, said in told() if isinstance(said, ast.JoinedStr)]


def told() -> Iterator[tuple[str, ast.expr]]:
    """Yield each expression that a refusal takes its sentence from, with its place."""
    root = Path(settings.BASE_DIR)
    for path in sorted(path for place in PLACES for path in (root / place).rglob("*.py")):
        name = str(path.relative_to(root))
        if any(part in name for part in FOR_MACHINES):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            for said in sentences_in(node):
                yield f"{name}:{said.lineno}", said


def sentences_in(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Raise(exc=ast.Call(func=ast.Name(id=name), args=[first, *_])) if name not in SILENT:
            yield first
        case ast.Call(func=ast.Name(id="sentence"), args=[first]):
            yield first
        case ast.Call(func=ast.Attribute(attr="wrong"), args=[first]):
            yield first
        case ast.Call(func=ast.Name(id="note"), args=[_, second]):
            yield second
        case ast.Call(func=ast.Name(id="InvalidInput"), keywords=keywords):
            yield from (keyword.value for keyword in keywords if keyword.arg == "message")
        case ast.Dict(keys=[ast.Constant(value="field"), ast.Constant(value="message")], values=[_, message]):
            yield message
        case ast.Assign(targets=[ast.Name(id="default_message")], value=value):
            yield value


def texts_of(said: ast.expr) -> Iterator[str]:
    """Yield the texts of an expression: its own, or either one's."""
    match said:
        case ast.Constant(value=str() as text) if text:
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*texts_of(one), *texts_of(other))
