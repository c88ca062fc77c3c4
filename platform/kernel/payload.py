"""Strict reading of JSON: what is unknown, misspelt or of another type is refused by its path.

A money rule that is read leniently widens silently. So a reader names every field it
knows, and a mistake comes back as `contract.rules[1].pay.rate`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum

from kernel.clock import parse_instant
from kernel.currencies import is_currency
from kernel.errors import InvalidInput
from kernel.rates import parse_rate
from kernel.sentences import sentence

MAX_INTEGER = 10**30
MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Payload:
    """A value of parsed JSON and the path that leads to it."""

    value: object
    path: str = ""

    def wrong(self, message: str) -> InvalidInput:
        """Return (not raise) the error that names this value."""
        return InvalidInput(field=self.path, message=message if self.path else f"The input {message}.")

    def only(self, *names: str) -> "Payload":
        """Return itself, an object with no other fields than these; raises InvalidInput."""
        unknown = [name for name in self._object() if name not in names]
        if unknown:
            raise InvalidInput(
                errors=[{"field": self._path_of(name), "message": _unknown(name, names)} for name in unknown]
            )
        return self

    def required(self, name: str) -> "Payload":
        """Return the field of this object; raises InvalidInput when it is missing."""
        found = self.optional(name)
        if found is None:
            raise InvalidInput(field=self._path_of(name), message="is missing")
        return found

    def optional(self, name: str) -> "Payload | None":
        """Return the field, or None when absent. A null is a value, and mostly a wrong one."""
        fields = self._object()
        return Payload(fields[name], self._path_of(name)) if name in fields else None

    def fact(self, name: str) -> "Payload | None":
        """Return the field, or None when it is absent or null: an unknown fact, not a rule."""
        found = self.optional(name)
        return None if found is None or found.value is None else found

    def items(self, *, at_least: int = 0) -> list["Payload"]:
        """Return the elements of this list, each with its own path."""
        if not isinstance(self.value, list):
            raise self.wrong("must be a list")
        if len(self.value) < at_least:
            raise self.wrong("must not be empty")
        return [Payload(item, f"{self.path}[{index}]") for index, item in enumerate(self.value)]

    def fields(self) -> dict[str, "Payload"]:
        """Return the fields of this object, whatever their names; a name is a text like any other."""
        for name in self._object():
            Payload(name, self.path).text()
        return {name: Payload(value, self._path_of(name)) for name, value in self._object().items()}

    def text(self) -> str:
        """Return this non-blank text of at most 500 characters."""
        if not isinstance(self.value, str):
            raise self.wrong("must be a text")
        if not self.value.strip():
            raise self.wrong("must not be blank")
        if len(self.value) > MAX_TEXT:
            raise self.wrong(sentence("must have at most %(most)s characters", most=MAX_TEXT))
        if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in self.value):
            raise self.wrong("holds a character that is none")
        return self.value

    def integer(self, *, at_least: int | None = None) -> int:
        """Return this whole number; bools, floats and numbers in quotes are refused."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.wrong("must be an integer")
        if at_least is not None and self.value < at_least:
            raise self.wrong(sentence("must be at least %(least)s", least=at_least))
        if abs(self.value) > MAX_INTEGER:
            raise self.wrong("is too large")
        return self.value

    def boolean(self) -> bool:
        """Return this true or false."""
        if not isinstance(self.value, bool):
            raise self.wrong("must be true or false")
        return self.value

    def rate(self, *, at_least: int = 0, at_most: int | None = None) -> Decimal:
        """Return this plain decimal string as a Decimal between the bounds, both inside."""
        rate = parse_rate(self.value, field=self.path)
        if rate < at_least:
            raise self.wrong(sentence("must be at least %(least)s", least=at_least))
        if at_most is not None and rate > at_most:
            raise self.wrong(sentence("must be at most %(most)s", most=at_most))
        return rate

    def days(self, *, above: int | None = None) -> Decimal:
        """Return a number of days: a whole number or a decimal string, 0 or more."""
        days = self.rate() if isinstance(self.value, str) else Decimal(self.integer(at_least=0))
        if above is not None and days <= above:
            raise self.wrong(sentence("must be more than %(above)s", above=above))
        return days

    def choice[Choice: StrEnum](self, choices: type[Choice]) -> Choice:
        """Return the member with this value."""
        if not isinstance(self.value, str) or self.value not in list(choices):
            raise self.wrong(sentence("must be one of %(choices)s", choices=", ".join(choices)))
        return choices(self.value)

    def currency(self) -> str:
        """Return this ISO 4217 code."""
        if not isinstance(self.value, str) or not is_currency(self.value):
            raise self.wrong("must be an ISO 4217 currency code")
        return self.value

    def instant(self) -> datetime:
        """Return this instant with the offset it was written with."""
        parse_instant(self.value, field=self.path)
        return datetime.fromisoformat(str(self.value).upper().replace(",", "."))

    def utc(self) -> datetime:
        """Return this instant in UTC."""
        return self.instant().astimezone(UTC)

    def _object(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.wrong("must be an object")
        return self.value

    def _path_of(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def unique(read: Iterable[tuple[str, Payload]]) -> None:
    """Refuse the second of two equal keys, given as `(key, where it was read)`."""
    seen: set[str] = set()
    for key, payload in read:
        if key in seen:
            raise payload.wrong(sentence("repeats %(number)s", number=ascii(str(key))))
        seen.add(key)


def _unknown(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    return sentence("is unknown; did you mean %(near)s?", near=near[0]) if near else "is unknown"
