"""Whatever a page of the shop, the portal, the console or signing in says, it says in Korean and in Spanish, too."""

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings

from tests.portal.messages import messages

LANGUAGES = ("ko", "es")
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")


def folder(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES"


def written(language: str) -> Catalog:
    with (folder(language) / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def test_there_is_something_to_say() -> None:
    assert len(messages()) > 1000


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_none_is_left_over(language: str) -> None:
    told = {
        message.id if isinstance(message.id, tuple) else (message.id,) for message in written(language) if message.id
    }
    assert told ^ set(messages()) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders(language: str) -> None:
    for message in written(language):
        if not message.id:
            continue
        wanted = message.id[-1] if isinstance(message.id, tuple) else message.id
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            assert text.strip(), message.id
            assert set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(wanted)), message.id
            if text is (message.string[-1] if isinstance(message.string, tuple) else message.string):
                assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(wanted)), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    """`pybabel compile -d themes/default/locale -D django` after a change."""
    with (folder(language) / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in written(language):
        if isinstance(message.id, tuple):
            for place, text in enumerate(message.string):
                assert compiled._catalog[(message.id[0], place)] == text  # type: ignore[attr-defined]
        elif message.id:
            assert compiled.gettext(message.id) == message.string
