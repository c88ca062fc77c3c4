"""Reads Stripe's bracket notation: `a[b][0][c]=v` becomes nested maps and lists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .errors import ApiError

MAX_DEPTH = 20
_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the parameters as a tree; all leaves stay text.

    Raises ApiError for a malformed name, for nesting deeper than MAX_DEPTH and when one name is
    used both as a value and as a map.
    """
    root: dict[str, Any] = {}
    for name, value in pairs:
        _put(root, _path(name), value, name)
    return {key: _lists(value) for key, value in root.items()}


def joined(parent: str, key: object) -> str:
    """Return the bracketed name of a nested parameter."""
    return f"{parent}[{key}]" if parent else str(key)


def _path(name: str) -> list[str]:
    found = _NAME.match(name)
    if found is None:
        raise ApiError(f"Invalid parameter name: {name[:100]}", param=name[:100])
    path = [found[1], *_PART.findall(found[2])]
    if len(path) > MAX_DEPTH:
        raise ApiError(f"Parameters are nested too deeply: {name[:100]}", param=path[0])
    return path


def _put(root: dict[str, Any], path: list[str], value: str, name: str) -> None:
    here = root
    for part in path[:-1]:
        here = here.setdefault(_index(here, part), {})
        if not isinstance(here, dict):
            raise ApiError(f"Invalid parameter name: {name[:100]}", param=path[0])
    last = _index(here, path[-1])
    if isinstance(here.get(last), dict):
        raise ApiError(f"Invalid parameter name: {name[:100]}", param=path[0])
    here[last] = value


def _index(here: dict[str, Any], part: str) -> str:
    """`a[]=1&a[]=2` counts up."""
    return part or str(len(here))


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    done = {key: _lists(inner) for key, inner in value.items()}
    if done and all(key.isdecimal() for key in done):
        return [done[key] for key in sorted(done, key=int)]
    return done
