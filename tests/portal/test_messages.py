"""Whatever a page of the shop, the portal, the console or signing in says, it says in Korean and in Spanish, too."""

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.utils import translation

from shared_apps.accounts.state_words import GENDER, STATES, state_text
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
        message.id if isinstance(message.id, tuple) else (message.id,)
        for message in written(language)
        if message.id and not message.context
    }
    assert told ^ set(messages()) == set()


def test_states_agree_with_what_is_in_them() -> None:
    """A catalogue may name the gender of our nouns, and has the words of states in it."""
    genders, nouns = set(), {model._meta.model_name for model in apps.get_models()}
    for language in LANGUAGES:
        said = [message for message in written(language) if message.context]
        found = {message.string for message in said if message.context == GENDER}
        genders |= found
        assert {message.id for message in said if message.context == GENDER} <= nouns
        assert {message.context for message in said} <= {GENDER, *found}
        assert {message.id for message in said if message.context in found} <= set(STATES.values())
    assert genders == {"feminine"}
    with translation.override("es"):
        assert [state_text("paid", noun) for noun in ("order", "commission", "")] == ["Pagado", "Pagada", "Pagado"]
    with translation.override("ko"):
        assert state_text("paid", "commission") == "지급됨"


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
            said = compiled.pgettext(message.context, message.id) if message.context else compiled.gettext(message.id)
            assert said == message.string
