"""Checks a request against the parameter types that ship with the official SDK.

The SDK's TypedDicts are generated from Stripe's own specification, so they are the contract: no
list of parameters is kept here. Text leaves are turned into the declared int, bool or float on
the way. Enumerations are `Literal[...] | str` in the SDK (open for the future); for a request
they are closed, as they are at Stripe.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import import_module
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

import typing_extensions as te
from stripe._request_options import RequestOptions

from .errors import ApiError, required
from .forms import joined

_SDK_OPTIONS = frozenset(RequestOptions.__annotations__)
_NAMES = {"StripeContext": object, "Mapping": Mapping}


def checked(spec: str | None, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters in their declared types.

    `spec` is `module:Class` below `stripe.params`; None accepts only `expand`. Raises ApiError
    (`parameter_unknown`, `parameter_missing`, `parameter_invalid_…`) naming the parameter.
    """
    if spec is None:
        unknown = [name for name in params if name != "expand"]
        if unknown:
            raise _unknown(unknown)
        return params
    return _typed_dict(load(spec), params, "")


@cache
def load(spec: str) -> type:
    """Return the SDK's TypedDict for `module:Class`."""
    module, name = spec.split(":")
    found: type = getattr(import_module(f"stripe.params.{module}"), name)
    return found


@cache
def _fields(cls: type) -> dict[str, tuple[Any, bool]]:
    hints = te.get_type_hints(cls, localns=_NAMES, include_extras=True)
    needed: frozenset[str] = getattr(cls, "__required_keys__", frozenset())
    return {name: (_bare(hint), name in needed) for name, hint in hints.items() if name not in _SDK_OPTIONS}


def _bare(hint: Any) -> Any:
    while get_origin(hint) in (NotRequired, Required, te.NotRequired, te.Required):
        (hint,) = get_args(hint)
    return hint


def _typed_dict(cls: type, value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ApiError("Invalid object", param=name)
    fields = _fields(cls)
    unknown = [joined(name, key) for key in value if key not in fields]
    if unknown:
        raise _unknown(unknown)
    for key, (_, needed) in fields.items():
        if needed and key not in value:
            raise required(joined(name, key))
    return {key: _value(fields[key][0], item, joined(name, key)) for key, item in value.items()}


def _unknown(names: list[str]) -> ApiError:
    plural = "s" if len(names) > 1 else ""
    return ApiError(
        f"Received unknown parameter{plural}: {', '.join(names)}",
        param=names[0],
        code="parameter_unknown",
    )


def _value(hint: Any, value: Any, name: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(get_args(hint), value, name)
    if origin is Literal:
        return _literal([str(choice) for choice in get_args(hint)], value, name)
    if origin is list:
        if not isinstance(value, list):
            raise ApiError("Invalid array", param=name)
        (inner,) = get_args(hint)
        return [_value(inner, item, joined(name, at)) for at, item in enumerate(value)]
    if te.is_typeddict(hint):
        return _typed_dict(hint, value, name)
    if origin is dict or _is_map(hint):
        return _text_map(value, name)
    return _scalar(hint, value, name)


def _is_map(hint: Any) -> bool:
    return getattr(get_origin(hint), "__name__", "") == "UntypedStripeObject"


def _union(members: tuple[Any, ...], value: Any, name: str) -> Any:
    choices = [str(choice) for m in members if get_origin(m) is Literal for choice in get_args(m)]
    others = [m for m in members if get_origin(m) is not Literal and m is not type(None)]
    if isinstance(value, str):
        if value in choices:
            return value
        if any(choices) and str in others:
            others.remove(str)
    shaped = [m for m in others if _fits(m, value)]
    if shaped:
        return _value(shaped[0], value, name)
    if any(choices) and isinstance(value, str) and not others:
        return _literal([c for c in choices if c], value, name)
    if not others:
        raise ApiError(f"Invalid value for {name}", param=name)
    return _value(others[0], value, name)


def _fits(hint: Any, value: Any) -> bool:
    """Tell whether the shape (not yet the content) of the value can belong to this type."""
    if isinstance(value, list):
        return get_origin(hint) is list
    if isinstance(value, dict):
        return te.is_typeddict(hint) or get_origin(hint) is dict or _is_map(hint)
    return hint in (str, int, float, bool, Decimal)


def _literal(choices: list[str], value: Any, name: str) -> str:
    if isinstance(value, str) and value in choices:
        return value
    listed = ", ".join(choices[:-1]) + f", or {choices[-1]}" if len(choices) > 1 else choices[0]
    raise ApiError(f"Invalid {name}: must be one of {listed}", param=name)


def _text_map(value: Any, name: str) -> dict[str, str]:
    if isinstance(value, list):  # keys that are all digits look like a list on the wire
        value = {str(at): item for at, item in enumerate(value)}
    if not isinstance(value, dict):
        raise ApiError("Invalid object", param=name)
    for key, item in value.items():
        if not isinstance(item, str):
            raise ApiError(f"Invalid string: {name}", param=joined(name, key))
    return value


def _scalar(hint: Any, value: Any, name: str) -> Any:
    if isinstance(value, (dict, list)):
        raise ApiError(f"Invalid {_NOUNS.get(hint, 'value')}: {name}", param=name)
    if hint is bool:
        if value in ("true", "false"):
            return value == "true"
        raise ApiError(f"Invalid boolean: {value}", param=name, code="parameter_invalid_boolean")
    if hint is int:
        return whole(value, name)
    if hint in (float, Decimal):
        return _decimal(value, name)
    if value == "" and hint is str:
        raise ApiError(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{name}' cannot be unset. You should remove '{name}' "
            "from your request or supply a non-empty value.",
            param=name,
            code="parameter_invalid_empty",
        )
    return value


_NOUNS = {str: "string", int: "integer", bool: "boolean"}


def whole(value: Any, name: str) -> int:
    """Return the integer that the text spells, in plain ASCII digits only."""
    digits = str(value).removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) <= 18:
        return int(value)
    raise ApiError(f"Invalid integer: {value}", param=name, code="parameter_invalid_integer")


def _decimal(value: str, name: str) -> str:
    try:
        if Decimal(value).is_finite():
            return value
    except InvalidOperation:
        pass
    raise ApiError(f"Invalid decimal: {value}", param=name)
