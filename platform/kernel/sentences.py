"""Sentences that remember how they were made: plain English for programs, a text with its facts for other languages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


class Sentence(str):
    """What `text % facts` says; readers of another language say `text` in it and put the same facts there."""

    text: str
    facts: Mapping[str, Any]

    def __new__(cls, text: str, facts: Mapping[str, Any]) -> "Sentence":
        """Write the sentence in English and keep its parts."""
        written = super().__new__(cls, text % {name: _plain(fact) for name, fact in facts.items()})
        written.text, written.facts = text, facts
        return written

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy by parts: a copy of the bare text would have lost them."""
        return Sentence, (self.text, dict(self.facts))


def sentence(text: str, **facts: Any) -> Sentence:
    """Return a sentence; `text` has `%(name)s` for each fact and is what translators see."""
    return Sentence(text, facts)


def _plain(fact: Any) -> Any:
    return fact.isoformat() if isinstance(fact, datetime) else fact
