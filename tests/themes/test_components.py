"""The shared components, rendered by the project's own template engine."""

from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.html import parse_html
from django.utils import timezone, translation
from django_cotton.compiler_regex import CottonCompiler

from kernel.money import Money

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "themes/default/templates"


def drawn(source: str, **context: Any) -> str:
    """Render a piece of a page as a view would."""
    return (
        engines["django"]
        .from_string(CottonCompiler().process(source))
        .render(context, RequestFactory().get("/orders?state=paid"))
    )


def test_an_amount_keeps_its_exact_value_and_its_sign() -> None:
    page = drawn('<c-money :amount="amount" />', amount=Money(-123450, "EUR"))
    assert parse_html(page) == parse_html('<data class="money" value="-123450" data-sign="negative">-€1,234.50</data>')


def test_an_amount_is_printed_in_the_language_the_view_chose() -> None:
    page = drawn('<c-money :amount="amount" :text="text" />', amount=Money(5000, "KRW"), text="5,000원")
    assert "5,000원" in page
    assert 'value="5000"' in page


def test_nothing_earned_is_shown_as_zero_and_still_explains_itself() -> None:
    steps = [{"label": "10 %", "why": "self-referral", "result": "€0.00", "total": True}]
    page = drawn('<c-explain :amount="amount" :steps="steps" /><c-kpi label="Paid" :amount="amount" />',
                 amount=Money(0, "EUR"), steps=steps)  # fmt: skip
    assert page.count("€0.00") == 3
    assert "self-referral" in page
    assert "<li data-total>" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("pending", "Pending"),
        ("confirmed", "Confirmed"),
        ("payable", "Payable"),
        ("paid", "Paid"),
        ("hold", "On hold"),
        ("canceled", "Canceled"),
        ("refunded", "Refunded"),
        ("clawback", "Clawback"),
    ],
)
def test_a_settlement_state_is_said_in_words(state: str, words: str) -> None:
    with translation.override("en"):
        page = drawn('<c-status :state="state" />', state=state)
    assert parse_html(page) == parse_html(f'<span class="chip" data-state="{state}">{words}</span>')


def test_every_state_of_every_noun_has_words_of_its_own() -> None:
    modules = [import_module(f"tenant_apps.{path.parent.name}.states") for path in ROOT.glob("tenant_apps/*/states.py")]
    states = {
        str(state)
        for module in modules
        for name, kind in vars(module).items()
        if name.endswith("State") and isinstance(kind, type) and issubclass(kind, StrEnum)
        for state in kind
    }
    assert len(states) > 30
    with translation.override("en"):
        unsaid = {state for state in states if f">{state}<" in drawn('<c-status :state="state" />', state=state)}
    assert unsaid == set()


class Profile(forms.Form):
    iban = forms.CharField(label="IBAN", help_text="Checked before it is saved.")
    note = forms.CharField(label="Note", required=False)


def test_a_field_names_its_help_and_its_error_to_a_screen_reader() -> None:
    with translation.override("en"):
        page = drawn('<c-field :field="form.iban" /><c-field :field="form.note" />', form=Profile({"iban": ""}))
    assert 'aria-describedby="id_iban_helptext id_iban_error"' in page
    assert 'aria-invalid="true"' in page
    assert '<p class="help" id="id_iban_helptext">Checked before it is saved.</p>' in page
    assert '<ul class="errors" id="id_iban_error"><li>This field is required.</li></ul>' in page
    assert page.count("(optional)") == 1


def test_a_plain_field_does_the_same() -> None:
    page = drawn(
        '<c-field name="vat" label="VAT" help="As printed." error="Unknown." required="yes" :value="x" />', x="<b>"
    )
    assert '<label for="id_vat">VAT</label>' in page
    assert 'aria-describedby="id_vat_helptext id_vat_error"' in page
    assert 'value="&lt;b&gt;"' in page


def test_pages_keep_the_filters_of_the_address() -> None:
    with translation.override("en"):
        page = drawn('<c-pagination :page="page" />', page=Paginator(range(93), 20).page(2))
    assert "21–40 of 93" in page
    assert 'rel="prev" href="?state=paid&amp;page=1"' in page
    assert 'rel="next" href="?state=paid&amp;page=3"' in page
    assert drawn('<c-pagination :page="page" />', page=Paginator(range(3), 20).page(1)).strip() == ""


def test_a_timeline_names_the_zone_of_its_times() -> None:
    with timezone.override("Asia/Seoul"), translation.override("en"):
        page = drawn(
            '<c-timeline><c-timeline.item title="Paid" :at="at" tone="good">€5</c-timeline.item></c-timeline>',
            at=datetime(2026, 11, 21, 23, 30, tzinfo=UTC),
        )
    assert '<time datetime="2026-11-22T08:30:00+09:00">' in page
    assert "KST" in page
    assert 'data-tone="good"' in page


def test_steps_say_where_the_reader_is() -> None:
    page = drawn('<c-stepper :steps="steps" current="2" label="Sign-up" />', steps=["Person", "Account", "Review"])
    assert "<li data-done>Person</li>" in page
    assert '<li aria-current="step">Account</li>' in page
    assert "<li>Review</li>" in page


def test_what_a_person_typed_stays_text() -> None:
    hostile = '"><script>alert(1)</script>'
    page = drawn(
        '<c-card :title="x" :note="x">{{ x }}</c-card><c-copy :value="x" /><c-empty :title="x">{{ x }}</c-empty>'
        '<c-alert :title="x">{{ x }}</c-alert><c-status :state="x" /><c-heading :title="x" :lede="x" />'
        '<c-kpi :label="x" :value="x" :note="x" /><c-timeline.item :title="x">{{ x }}</c-timeline.item>'
        '<c-field name="n" :label="x" :value="x" :help="x" :error="x" /><c-money :text="x" />',
        x=hostile,
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 20


def test_a_page_has_the_brand_and_no_inline_script_or_style() -> None:
    brand = SimpleNamespace(name="Aurora <Tours>", legal_name="Aurora GmbH", support_email="hello@aurora.example")
    with translation.override("ko"):
        for frame in ("base", "focus"):
            page = render_to_string(f"tributary/{frame}.html", {"brand": brand, "theme_css_url": "/theme/x.css"})
            assert '<html lang="ko">' in page
            assert "Aurora &lt;Tours&gt;" in page
            assert page.index("tributary/app.css") < page.index("basecoat.min.css") < page.index("/theme/x.css")
            assert '<a class="skip" href="#main">' in page
            assert page.count('<main id="main"') == 1
            assert " style=" not in page
            assert "<style" not in page
            assert "<script>" not in page


def test_no_template_holds_inline_script_or_style() -> None:
    sources = {path.name: path.read_text() for path in TEMPLATES.rglob("*.html")}
    assert len(sources) > 15
    for name, source in sources.items():
        assert not any(word in source for word in (" style=", "<style", " onclick=", "<script>", "hx-on")), name
