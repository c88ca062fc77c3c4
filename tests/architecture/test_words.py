"""What people are told is told in their language: no refusal is put together in English, no code is without words."""

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

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
from tenant_apps.portal.views import wording
from tenant_apps.settlements.documents.wording import REASONS as ON_STATEMENTS
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
    wrong = InvalidInput(field="days", message=sentence("must be from 1 to %(most)s", most=9))
    assert (told, str(early)) == ("Order #7 is not paid.", "payout cannot go from paid to failed.")
    with translation.override("es"):
        assert reader_text(told) == "El pedido #7 no está pagado."
        assert refusal_text(early) == "Ahora no es posible (pago): de «pagada» no se puede pasar a «fallido»."
        assert refusal_text(wrong) == "days: debe ser de 1 a 9"
        assert reader_text("Written by a person: 100 %(s") == "Written by a person: 100 %(s"
