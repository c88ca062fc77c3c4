from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from kernel.money import Money
from tenant_apps.programs.models import ContractVersion
from tenant_apps.programs.queries import reading_of
from tenant_apps.programs.rules import Amount, Voice, said_document, said_rule, tell
from tenant_apps.tracking.queries import site_names


def version_story(version: ContractVersion) -> dict[str, Any]:
    """Return a version in plain words, with what differs from the one it replaces and its answer."""
    reading, heard = reading_of(version), voice()
    return {
        "version": version, "said": said_of(version.document), "replaces": reading.replaces,
        "changes": [(change.kind, tell(change.sentence, heard)) for change in reading.changes],
        "answer": getattr(version, "decision", None),
    }  # fmt: skip


def said_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the terms as sentences, each with the name of its rule, empty for the terms beside."""
    heard = voice()
    return [(name, tell(sentence, heard)) for name, sentence in said_document(document)]


def with_rules(versions: Iterable[ContractVersion]) -> list[tuple[ContractVersion, list[tuple[str, str]]]]:
    """Return versions, each with its rules in plain words, in the order they are tried."""
    heard = voice()
    return [
        (version, [(str(rule["id"]), tell(said_rule(rule, version.currency), heard)) for rule in version.rules])
        for version in versions
    ]


def voice() -> Voice:
    """Return how an operator hears contracts."""
    names = site_names()

    def money(told: Amount) -> str:
        return Money(told.minor, told.currency).format(get_language() or "en")

    return Voice(
        translate=gettext, amount=money, named=lambda named: names.get(named.ref, named.ref),
        moment=lambda at: date_format(localtime(at), "DATETIME_FORMAT"),
    )  # fmt: skip
