"""What people are told is told in their language: no refusal is put together in English, no code is without words."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.utils import translation

from kernel.actor import ActorKind
from kernel.errors import IllegalTransition, InvalidInput
from kernel.sentences import sentence
from shared_apps.accounts.wording import reader_text, refusal_text
from tenant_apps.attribution.rules import CHANNELS, MODELS, VERDICTS
from tenant_apps.attribution.rules.facts import Reason as LosingReason
from tenant_apps.attribution.rules.policy import Channel, Model
from tenant_apps.commissions.rules.steps import WORDS
from tenant_apps.commissions.rules.terms import CapScope, Counter
from tenant_apps.commissions.states import HoldReason, Kind, Reason
from tenant_apps.console import reasons
from tenant_apps.console.bookkeeping import ACCOUNTS, CAUSES
from tenant_apps.console.deeds import ACTORS, PARTS, SUBJECTS, VERBS, verb_text
from tenant_apps.console.showing import word_of
from tenant_apps.ledger import chart
from tenant_apps.portal.views import wording
from tenant_apps.programs.rules import Difference
from tenant_apps.settlements.documents.wording import REASONS as ON_STATEMENTS
from tests.portal.messages import lifecycles
from tests.portal.refusals import refusals, unsayable


def test_no_refusal_is_put_together_in_english() -> None:
    """`sentence("Order %(number)s is not paid.", number=order.number)` keeps what other languages need."""
    assert unsayable() == []


@pytest.mark.parametrize("language", ["ko", "es"])
def test_every_refusal_has_its_words(language: str) -> None:
    """Entries go into `themes/default/locale`, then `.ci/drift fix`."""
    with open(f"{settings.LOCALE_PATHS[0]}/{language}/LC_MESSAGES/django.po", "rb") as file:
        written = {message.id for message in read_po(file, locale=language) if message.string}
    assert refusals() - written == set()
    assert len(refusals()) > 200


def test_every_code_has_its_words() -> None:
    assert set(LosingReason) <= set(VERDICTS)
    assert (set(MODELS), set(CHANNELS)) == (set(Model), set(Channel))
    assert {*CapScope, *Counter} - {CapScope.PERIOD} <= set(WORDS)
    assert set(reasons.REASONS) == set(wording.REASONS) == set(Reason) <= set(ON_STATEMENTS)
    assert (set(reasons.HOLDS), set(reasons.KINDS)) == (set(HoldReason), set(Kind))
    assert set(LosingReason) - set(wording.VERDICTS) == {LosingReason.DIRECT_IGNORED}  # nobody's touch


def test_a_refusal_is_read_in_the_readers_language() -> None:
    told = sentence("Order %(number)s is not paid.", number="#7")
    early = IllegalTransition(lifecycle="payout", current="paid", target="failed")
    wrong = InvalidInput(field="amount_minor", message=sentence("must be from 1 to %(most)s", most=9))
    assert (told, str(early)) == ("Order #7 is not paid.", "payout cannot go from paid to failed.")
    with translation.override("es"):
        assert reader_text(told) == "El pedido #7 no está pagado."
        assert refusal_text(early) == "Ahora no es posible (pago): de «pagado» no se puede pasar a «fallido»."
        assert refusal_text(wrong) == "Importe: debe ser de 1 a 9"
        assert reader_text("Written by a person: 100 %(s") == "Written by a person: 100 %(s"


def test_every_deed_has_its_words() -> None:
    """What `record` writes is in `console.deeds.VERBS`, and what changes its state has a noun in SUBJECTS."""
    assert set(sources("verb=")) - set(VERBS) == set()
    changing = {model._meta.model_name for model in apps.get_models() if ours(model) and has_state(model)}
    assert changing - set(SUBJECTS) == set()
    assert set(ACTORS) == set(ActorKind.__args__)  # type: ignore[attr-defined]
    assert set(sources("system(")) - {"tests"} <= set(PARTS)


def ours(model: type) -> bool:
    return model.__module__.startswith(("tenant_apps", "shared_apps"))


def has_state(model: type) -> bool:
    return any(field.name.endswith("state") for field in model._meta.get_fields())  # type: ignore[attr-defined]


def test_every_account_and_what_is_booked_has_its_words() -> None:
    named = {name for name, made in inspect.getmembers(chart, inspect.isfunction) if made.__module__ == chart.__name__}
    assert set(ACCOUNTS) == named
    booked = {cause for cause in sources("cause=") if ":" in cause}
    assert booked - {f"{kind}:{end}" for kind, end in CAUSES} == set()
    assert len(booked) > 4


@pytest.mark.parametrize("language", ["ko", "es"])
def test_every_state_is_a_word_of_the_language(language: str) -> None:
    """States stand in `cotton/status.html`; a language may have a word like the code, but never its underscore."""
    states = {str(state) for table in lifecycles() for state in table._steps} | set(Difference)
    with translation.override(language):
        said = {state: word_of(state) for state in states}
        assert verb_text("payout.paid") == {"ko": "지급: 지급됨", "es": "Pago: pagado"}[language]
    assert {state for state, word in said.items() if word in (state, state.replace("_", " "))} == set()


def sources(what: str) -> Iterator[str]:
    """Yield the verbs, the names of our own actors, or first and last part of the causes that stand in the sources."""
    for place in ("shared_apps", "tenant_apps"):
        for path in (Path(settings.BASE_DIR) / place).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())) if what in path.read_text() else ():
                match node:
                    case ast.keyword(arg=arg, value=ast.Constant(value=str() as said)) if f"{arg}=" == what:
                        yield said
                    case ast.keyword(arg=arg, value=ast.JoinedStr(values=[ast.Constant() as first, *_, last])) if (
                        f"{arg}=" == what and isinstance(last, ast.Constant) and "ledger" not in str(path)
                    ):
                        yield f"{str(first.value).rstrip(':')}:{str(last.value).lstrip(':')}"
                    case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str() as said)]):
                        if f"{name}(" == what:
                            yield said
