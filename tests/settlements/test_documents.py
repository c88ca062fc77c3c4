import csv
import io
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tenant_apps.settlements import documents
from tenant_apps.settlements.documents import (
    PdfFailed,
    PdfTooCostly,
    canonical,
    csv_of,
    html_of,
    pdf,
    pdf_of,
    sha256_of,
    style_source_of,
)
from tenant_apps.settlements.documents.sheet import text_cell
from tenant_apps.settlements.documents.wording import Wording
from tests.settlements.sample import sample

APP = Path(documents.__file__).parents[1]


def text_of(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages)


def cells(markup: str, name: str) -> list[str]:
    return re.findall(rf'<td class="{name}[^"]*">(.*?)</td>', markup)


def test_every_line_and_balance_stands_on_the_page() -> None:
    snapshot = sample(lines=9, clawbacks=2, opening=-1250, minimum=500)
    markup = html_of(snapshot)
    words = Wording(language="en", currency="EUR", exponent=2)
    lines = [*snapshot["earnings"], *snapshot["clawbacks"]]
    assert [figure for figure in cells(markup, "amount") if figure] == [
        words.figure(minor)
        for minor in (
            *(line["amount_minor"] for line in snapshot["earnings"]), snapshot["earned_minor"],
            *(line["amount_minor"] for line in snapshot["clawbacks"]), snapshot["clawback_minor"],
        )
    ]  # fmt: skip
    assert cells(markup, "order") == [line["order"] for line in lines]
    for name in ("opening", "earned", "clawback", "closing"):
        assert f">{words.figure(snapshot[f'{name}_minor'])}</div>" in markup  # type: ignore[literal-required]
    assert f">{words.money(snapshot['payout_minor'])}</td>" in markup
    assert sha256_of(snapshot) in markup
    assert "Europe/Berlin" in markup


def test_a_clawback_points_at_its_original() -> None:
    markup = html_of(sample(lines=0, clawbacks=1))
    assert "Takes back from 99.00 EUR of order #987, Apr 18, 2026, on statement ST-2026-000087" in markup


def test_a_line_that_pays_nothing_says_why() -> None:
    assert "No rule of the contract covers this product." in html_of(sample(lines=4))


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"lines": 1, "minimum": 5000}, "The balance of 6.23 EUR is below the minimum payout of 50.00 EUR"),
        ({"lines": 0, "clawbacks": 1}, "The negative balance of −49.50 EUR is carried forward"),
        ({"lines": 0, "clawbacks": 1, "negative": "reset"}, "The negative balance of −49.50 EUR is written off"),
        (
            {"lines": 1, "opening": 700},
            "The opening balance is what statement ST-2026-000087 (April 2026)",
        ),
        ({"lines": 0}, "No lines in this period."),
    ],
)
def test_the_balances_are_told_in_a_sentence(parts: dict[str, Any], sentence: str) -> None:
    assert sentence in html_of(sample(**parts))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Statement", "Earnings", "Opening balance", "Jun", "Total of earnings")),
        ("ko", ("정산서", "수익", "기초 잔액", "2026년 6월 2일", "Europe/Berlin")),
        ("es", ("Extracto", "Ganancias", "Saldo inicial", "2 de junio de 2026", "12,5")),
    ],
)
def test_it_speaks_the_brands_language(language: str, words: tuple[str, ...]) -> None:
    markup = html_of(sample(lines=3, language=language))
    assert [word for word in words if word not in markup] == []


@pytest.mark.parametrize(
    ("currency", "exponent", "minor", "written"),
    [
        ("EUR", 2, -123_456, "−1,234.56"),
        ("KRW", 0, 1_234_567, "1,234,567"),
        ("KWD", 3, 5, "0.005"),
        ("EUR", 2, 10**30 + 1, "10,000,000,000,000,000,000,000,000,000.01"),
    ],
)
def test_figures_keep_all_their_decimals(currency: str, exponent: int, minor: int, written: str) -> None:
    assert Wording(language="en", currency=currency, exponent=exponent).figure(minor) == written


def test_names_are_text_and_never_markup() -> None:
    snapshot = sample(lines=1)
    evil = "</style><script>x</script><img src=http://127.0.0.1/a>"
    snapshot["partner"]["name"] = snapshot["brand"]["name"] = evil
    snapshot["earnings"][0]["title"] = snapshot["earnings"][0]["rule"] = evil
    snapshot["brand"]["address"] = snapshot["look"]["mark"] = evil
    markup = html_of(snapshot)
    assert "<script" not in markup
    assert "<img" not in markup
    assert markup.count("</style>") == 1


def test_a_colour_is_a_colour() -> None:
    snapshot = sample()
    snapshot["look"]["accent"] = "red;} body{background:url(file:///etc/passwd)"
    with pytest.raises(ValueError, match="accent"):
        html_of(snapshot)


def test_the_page_names_its_own_style_for_a_strict_policy() -> None:
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", style_source_of(html_of(sample())))


def test_the_hash_is_of_the_canonical_snapshot() -> None:
    snapshot = sample(lines=2)
    turned: Any = dict(reversed(snapshot.items()))
    assert (canonical(turned), sha256_of(turned)) == (canonical(snapshot), sha256_of(snapshot))
    turned["payout_minor"] += 1
    assert sha256_of(turned) != sha256_of(snapshot)


def test_equal_snapshots_give_equal_pdfs_from_any_child() -> None:
    snapshot = sample(lines=3)
    first, second = pdf_of(snapshot), pdf_of(snapshot)
    pdf._idle.end()
    assert first == second == pdf_of(snapshot)
    info = pypdf.PdfReader(io.BytesIO(first)).metadata
    assert info is not None
    assert (info.title, info["/CreationDate"]) == ("Statement ST-2026-000123 · Aurora", "D:20260602091500+00'00")


def test_a_long_statement_repeats_its_headings_and_numbers_its_pages() -> None:
    snapshot = sample(lines=60, clawbacks=2)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf_of(snapshot))).pages]
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "ST-2026-000123" in page
    assert all("Base" in page and "Rate" in page for page in pages[:3])
    orders = re.findall(r"#1\d{3}", "".join(pages))
    assert orders == [f"#{1041 + index}" for index in range(60)]


def test_korean_is_drawn_with_real_glyphs() -> None:
    snapshot = sample(lines=2, currency="KRW", exponent=0, language="ko")
    document = pdf_of(snapshot)
    assert "한옥 스테이 1박" in text_of(document).replace("\n", " ")
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in pypdf.PdfReader(io.BytesIO(document)).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert any("CJK" in font or "Nanum" in font or "Noto-Sans-KR" in font for font in fonts)


def test_nothing_is_fetched_and_no_file_is_read(tmp_path: Any) -> None:
    """The page cannot name an address; were it able to, the child would not open it."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the-secret")
    markup = f'<link rel=attachment href="file://{secret}"><img src="file://{secret}"><p>printed</p>'
    press = pdf.Press()
    try:
        document = press.render(markup, identifier="x", seconds=30).pdf
    finally:
        press.kill()
    assert "printed" in text_of(document)
    assert not pypdf.PdfReader(io.BytesIO(document)).attachments
    assert b"the-secret" not in document


def test_a_document_that_takes_too_long_is_killed() -> None:
    press = pdf.Press()
    press.render("<p>warm", identifier="x", seconds=30)
    rows = "<tr><td>x</td></tr>" * 20_000
    with pytest.raises(PdfTooCostly, match="longer than 1 second"):
        press.render(f"<table>{rows}</table>", identifier="x", seconds=1)
    assert press.child.wait(10) < 0


def test_a_document_that_takes_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MEMORY_BYTES", 96 * 1024 * 1024)
    press = pdf.Press()
    try:
        with pytest.raises(PdfTooCostly, match=r"memory|MB"):
            press.render("<p>" + "<b>word </b>" * 200_000, identifier="x", seconds=60)
    finally:
        press.kill()


def test_a_document_the_renderer_refuses_is_an_error_and_the_child_goes_on() -> None:
    press = pdf.Press()
    try:
        with pytest.raises(PdfFailed, match="RecursionError"):
            press.render("<div>" * 3000, identifier="x", seconds=60)
        assert press.render("<p>next", identifier="x", seconds=30).pdf.startswith(b"%PDF")
    finally:
        press.kill()


def test_the_csv_has_the_same_lines_and_balances() -> None:
    snapshot = sample(lines=9, clawbacks=2, opening=-1250)
    rows = list(csv.DictReader(io.StringIO(csv_of(snapshot))))
    lines = [row for row in rows if row["kind"] in ("earning", "clawback") and row["line_ref"]]
    expected = [*snapshot["earnings"], *snapshot["clawbacks"]]
    assert [(row["line_ref"], row["amount"]) for row in lines] == [
        (line["ref"], f"{line['amount_minor'] / 100:.2f}") for line in expected
    ]
    assert lines[-1]["original_statement"] == "ST-2026-000087"
    balances = {row["kind"]: row["amount"] for row in rows if not row["line_ref"] and row["amount"]}
    assert balances == {
        name: f"{snapshot[f'{name}_minor'] / 100:.2f}"  # type: ignore[literal-required]
        for name in ("opening", "earned", "clawback", "net", "payout", "closing")
    }
    assert [row["title"] for row in rows if row["kind"] == "sha256"] == [sha256_of(snapshot)]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x", "|x", "%x"]
)
def test_a_cell_that_could_run_is_shown_as_text(text: str) -> None:
    assert text_cell(text) == f"'{text}"


def test_numbers_and_plain_text_are_left_alone() -> None:
    snapshot = sample(lines=0, clawbacks=1)
    snapshot["clawbacks"][0]["title"] = "=HYPERLINK(1)"
    (row,) = [row for row in csv.DictReader(io.StringIO(csv_of(snapshot))) if row["line_ref"]]
    assert (row["title"], row["amount"], row["order"]) == ("'=HYPERLINK(1)", "-49.50", "#987")
    assert text_cell("한복 대여, 2인") == "한복 대여, 2인"


@pytest.mark.parametrize("language", ["ko", "es"])
def test_every_sentence_is_translated_and_the_catalog_is_compiled(language: str) -> None:
    """Said in code or template, it stands in the catalog; and the compiled file is the text's."""
    catalog_at = APP / "locale" / language / "LC_MESSAGES"
    with (catalog_at / "django.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    said = said_by_documents()
    assert len(said) > 40
    assert said - {(message.context, message.id) for message in catalog if message.string} == set()
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    assert compiled.getvalue() == (catalog_at / "django.mo").read_bytes()


def said_by_documents() -> set[tuple[str | None, str]]:
    template = "".join(each.read_text() for each in sorted((APP / "templates" / "settlements").glob("*.html")))
    said: set[tuple[str | None, str]] = {
        (context or None, text)
        for text, context in re.findall(r'{% translate "([^"]+)"(?: context "(\w+)")? %}', template)
    }
    blocks = re.findall(r'{% blocktranslate [^%]*?(?:context "(\w+)" )?%}(.*?){% endblocktranslate %}', template)
    said |= {(context or None, re.sub(r"{{ (\w+) }}", r"%(\1)s", text)) for context, text in blocks}
    for source in (APP / "documents").glob("*.py"):
        code = source.read_text()
        said |= {(context, text) for context, text in re.findall(r'pgettext\("(\w+)", "([^"]+)"\)', code)}
        said |= {(None, text) for text in re.findall(r'(?:\b_|gettext_noop)\(\s*"([^"]+)"\s*\)', code)}
    return said
