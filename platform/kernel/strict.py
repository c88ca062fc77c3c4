"""Reading a foreign JSON document into a declared shape: small, flat, nothing unknown, nothing guessed.

`Payload` reads what our own rules define field by field; this reads what doors take from strangers.
"""

import json
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kernel.clock import parse_day, parse_instant
from kernel.errors import InvalidInput

DEEPEST = 20
FORMS = {
    r"^[A-Z]{3}$": "must be an ISO 4217 currency code",
    r"^[A-Za-z0-9_-]{1,64}$": "must be 1 to 64 letters, digits, - or _",
    r"^[\x21-\x7e]{1,50}$": "must be 1 to 50 letters, digits or signs without a space",
    r"^[\x21-\x7e]{1,80}$": "must be 1 to 80 letters, digits or signs without a space",
    r"^[a-z][a-z0-9]{0,11}_[0-9a-z]{26}$": "must be an id: its kind, _ and 26 letters or digits",
    r"^[0-9a-f]{64}$": "must be a SHA-256 in 64 hexadecimal digits",
    r"^[0-9]{1,9}(\.[0-9]{1,10})?$": "must be a plain decimal such as 1.0825",
    r"^[a-z][a-z0-9_]{0,39}$": "must begin with a small letter and have small letters, digits and _ only",
    r"^(sepa|csv|manual)$": "must be one of sepa, csv, manual",
    r"^20[0-9]{2}-((0[1-9]|1[0-2])(-H[12])?|W[0-5][0-9])$": "must be a period such as 2026-05, 2026-05-H1 or 2026-W21",
}
"""What each pattern of the interface wants, in words."""


def _storable(text: str) -> str:
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("holds a character that is none")
    return text


def _instant(value: object) -> datetime:
    try:
        return parse_instant(value)
    except InvalidInput as wrong:
        raise ValueError(wrong.errors[0]["message"]) from wrong


def _day(value: object) -> date:
    try:
        return parse_day(value)
    except InvalidInput as wrong:
        raise ValueError(wrong.errors[0]["message"]) from wrong


def _web_address(text: str) -> str:
    # Shown as a link in the console: `javascript:` must never get that far.
    try:
        scheme = urlsplit(text).scheme
    except ValueError as wrong:
        raise ValueError("is no address") from wrong
    if text and scheme not in ("http", "https", "android-app", "ios-app"):
        raise ValueError("must be a web address")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Short = Annotated[Text, Field(max_length=120)]
Address = Annotated[Text, Field(max_length=2000), AfterValidator(_web_address)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Day = Annotated[date, BeforeValidator(_day)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Strict(BaseModel):
    """A shape whose types are as sent and which has no further fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


def read_document(text: str | bytes) -> Any:
    """Return a JSON document no deeper than 20; raises InvalidInput.

    A key given twice, NaN and infinity are refused, where most parsers silently pick or pass them.
    """
    try:
        document = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constants)
    except (ValueError, RecursionError) as broken:  # ValueError: syntax, encoding, endless digits
        raise InvalidInput(message="The body is not a valid JSON document.") from broken
    if _is_deeper(document, DEEPEST):
        raise InvalidInput(message=f"The body is nested deeper than {DEEPEST}.")
    return document


def read_shape[Shape: BaseModel](text: str | bytes, shape: type[Shape]) -> Shape:
    """Return a JSON document in its shape; raises InvalidInput naming every wrong field by its path."""
    try:
        return shape.model_validate(read_document(text))
    except ValidationError as wrong:
        raise InvalidInput(errors=told_errors(wrong.errors(include_url=False, include_input=False))) from wrong


def told_errors(wrong: list[Any]) -> list[dict[str, str]]:
    """Return pydantic's errors as ours: `{field: "events[0].utm.source", message}`."""
    return [{"field": path_of(error["loc"]), "message": _told(error)} for error in wrong]


def _told(error: dict[str, Any]) -> str:
    """Return what is wanted: neither a class of ours nor a regular expression is a word of the interface."""
    if error["type"] in ("model_type", "model_attributes_type"):
        return "must be an object"
    if error["type"] == "string_pattern_mismatch":
        return FORMS.get(error["ctx"]["pattern"], "is not written as it is wanted here")
    return str(error["msg"]).removeprefix("Value error, ")


def path_of(location: tuple[int | str, ...]) -> str:
    """Return a place in a document as people write it: names by dots, positions in brackets."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _is_deeper(document: Any, most: int) -> bool:
    level = [document]
    for _ in range(most):
        parents = [value for value in level if isinstance(value, dict | list)]
        level = [child for parent in parents for child in (parent.values() if isinstance(parent, dict) else parent)]
    return any(isinstance(value, dict | list) for value in level)


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidInput(message="A field is given twice in one object.")
    return fields


def _no_constants(name: str) -> object:
    raise InvalidInput(message=f"{name} is no number of JSON.")
