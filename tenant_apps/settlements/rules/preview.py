"""One door to every preview: what the rules would do, with nothing booked."""

import json
from collections.abc import Callable
from typing import Any

from kernel.errors import InvalidInput
from tenant_apps.attribution.rules import preview_attribution
from tenant_apps.commissions.rules import preview_commission, preview_reversal
from tenant_apps.settlements.rules.preview_input import preview_split, preview_statement

PREVIEWS: dict[str, Callable[[object], dict[str, Any]]] = {
    "split": preview_split,
    "attribution": preview_attribution,
    "commission": preview_commission,
    "reversal": preview_reversal,
    "statement": preview_statement,
}


def preview(kind: str, payload: object) -> dict[str, Any]:
    """Compute what the rules of this kind would do with a payload of parsed JSON.

    Pure: no database, no clock, no network. Raises InvalidInput naming the field, and
    for a kind that is none.
    """
    if kind not in PREVIEWS:
        raise InvalidInput(field="kind", message=f"must be one of {', '.join(PREVIEWS)}")
    return PREVIEWS[kind](payload)


def preview_text(kind: str, text: str | bytes) -> dict[str, Any]:
    """Preview a JSON document as it came in.

    Doors that hold the raw body use this rather than a lenient parser: a key given twice,
    NaN and infinity are refused, where most parsers would silently pick or pass them.
    Raises InvalidInput.
    """
    try:
        payload = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constants)
    except json.JSONDecodeError as error:
        where = f"{error.msg} at line {error.lineno} column {error.colno}"
        raise InvalidInput(message=f"The input is not valid JSON: {where}.") from error
    except (ValueError, RecursionError) as error:  # wrong encoding, endless digits, endless depth
        raise InvalidInput(message="The input is not valid JSON.") from error
    return preview(kind, payload)


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(field=repeated, message="is given twice in one object")
    return fields


def _no_constants(name: str) -> object:
    raise InvalidInput(message=f"{name} is no number of JSON.")
