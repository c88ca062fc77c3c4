"""Reading pages as a person does: what stands on them, without identifiers and code, and what of it is English."""

import gettext
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings

SILENT = {"script", "style", "template", "code", "pre", "textarea", "option"}
NOT_WORDS = {"tb-id", "material-symbols-outlined", "mono"}
SPOKEN = ("title", "aria-label", "placeholder", "alt")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")
PLACE = re.compile(r"%\(\w+\)s")


class Reader(HTMLParser):
    """Collects the texts of a page and what a screen reader says of it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.path: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element; one whose content is no prose keeps all that is inside it silent."""
        told = dict(attrs)
        classes = set((told.get("class") or "").split())
        is_silent = tag in SILENT or bool(classes & NOT_WORDS) or bool(self.path and self.path[-1][1])
        self.texts += [told[name] or "" for name in SPOKEN if told.get(name) and not is_silent]
        if tag not in VOID:
            self.path.append((tag, is_silent))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those in it that were never closed."""
        if any(tag == name for name, _ in self.path):
            while self.path.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if not (self.path and self.path[-1][1]):
            self.texts.append(data)


def texts_of(page: str) -> set[str]:
    """Return what a person reads on a page."""
    reader = Reader()
    reader.feed(page)
    return {" ".join(text.split()) for text in reader.texts} - {""}


def english_on(page: str, *names: str, language: str = "ko") -> set[str]:
    """Return what a page of another language says in English; `names` are people's own words."""
    told, words, sentences = texts_of(page) - set(names), plain(language), shaped(language)
    return {text for text in told if text.casefold() in words or sentences.fullmatch(text) or CODE.fullmatch(text)}


@cache
def english(language: str) -> frozenset[str]:
    """Return every message that the pages' catalogue of a language says otherwise than English does."""
    with (Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    texts = {key[0] if isinstance(key, tuple) else key: said for key, said in catalogue.items() if key}
    words = {said.casefold() for said in texts.values()}
    return frozenset(text for text in texts if "\x04" not in text and text.casefold() not in words)


@cache
def plain(language: str) -> frozenset[str]:
    """Return the English messages without facts in them."""
    return frozenset(text.casefold() for text in english(language) if not PLACE.search(text)) - SAME


@cache
def shaped(language: str) -> re.Pattern[str]:
    """Return a pattern of the messages with facts in them, those of at least two words beside the facts."""
    whole = [text for text in english(language) if PLACE.search(text)]
    wordy = [text for text in whole if len(re.findall(r"[A-Za-z]{2,}", PLACE.sub("", text))) > 1]
    return re.compile("|".join(".+".join(map(re.escape, PLACE.split(text))) for text in wordy))


SAME = frozenset({"api", "bic", "id", "csv", "iban", "json", "pdf", "sepa", "sha-256", "url"})
"""What is called the same everywhere."""
