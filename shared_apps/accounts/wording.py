"""Refusals in the reader's language, for the pages; programs get the English sentence and its code."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import formats, timezone
from django.utils.translation import get_language, gettext

from kernel.errors import DomainError, InvalidInput
from kernel.money import Money
from kernel.sentences import Sentence
from shared_apps.accounts.state_words import state_text


def refusal_text(failure: DomainError) -> str:
    """Return why something was refused, with the field that is wrong where one is."""
    if not isinstance(failure, InvalidInput):
        return reader_text(failure.message)
    first = failure.errors[0]
    told = reader_text(first["message"])
    return f"{_field_text(first['field'])}: {told}" if first["field"] else told


def _field_text(field: str) -> str:
    """Return the name of a field as a heading has it; a path into a document stays one."""
    if "." in field:
        return field
    said = gettext(field.removesuffix("_minor").replace("_", " "))
    return said[:1].upper() + said[1:]


def reader_errors(errors: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return what is wrong with fields, as `{field, message}`, in the reader's language."""
    return [{**error, "message": reader_text(error["message"])} for error in errors]


def reader_text(message: str) -> str:
    """Return a sentence in the reader's language; what a person or a provider wrote stays as it is."""
    if isinstance(message, Sentence):
        return gettext(message.text) % {name: _fact(name, fact) for name, fact in message.facts.items()}
    return gettext(message) if message else ""


class SentenceField(models.JSONField):
    """A column for a sentence with its parts: what a background job was refused with is worded as people read it."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Write the text and its facts."""
        return super().get_db_prep_value(_stored(value), connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Read them back: a Sentence, or the bare text of one without facts."""
        return _restored(super().from_db_value(value, expression, connection))


def _stored(fact: Any) -> Any:
    match fact:
        case Sentence():
            return {"text": fact.text, "facts": {name: _stored(each) for name, each in fact.facts.items()}}
        case Money():
            return {"minor": fact.minor, "currency": fact.currency}
        case datetime():
            return {"at": fact.isoformat()}
        case date():
            return {"on": fact.isoformat()}
        case bool() | int() | None:
            return fact
    return str(fact)


def _restored(fact: Any) -> Any:
    match fact:
        case {"text": str() as text, "facts": dict() as facts}:
            return Sentence(text, {name: _restored(each) for name, each in facts.items()})
        case {"minor": int() as minor, "currency": str() as currency}:
            return Money(minor, currency)
        case {"at": str() as at}:
            return datetime.fromisoformat(at)
        case {"on": str() as on}:
            return date.fromisoformat(on)
    return fact


def _fact(name: str, fact: Any) -> str:
    if name.endswith("state"):
        return state_text(str(fact)).lower()
    if name == "lifecycle":
        return gettext(fact)
    match fact:
        case str():
            return reader_text(fact) if isinstance(fact, Sentence) else fact
        case Money():
            return fact.format(get_language() or "en")
        case datetime():
            return formats.date_format(timezone.localtime(fact), "DATETIME_FORMAT")
        case date():
            return formats.date_format(fact, "DATE_FORMAT")
    return str(fact)
