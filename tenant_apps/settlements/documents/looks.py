"""The style of a statement: our own rules in the brand's colours, and the sheets that bear only page numbers."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tenant_apps.settlements.documents.shape import Look

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_VARIABLE: Final = re.compile(r"var\(--([a-z-]+)\)")
_TOKENS: Final = ("accent", "accent_soft", "ink", "muted", "line", "negative")
SANS: Final = (
    '"Tributary Sans","Noto Sans CJK KR","Noto Sans KR","Apple SD Gothic Neo","NanumGothic","DejaVu Sans",sans-serif'
)
_SERIF: Final = '"Noto Serif CJK KR","Noto Serif KR","AppleMyungjo","NanumMyeongjo","DejaVu Serif",serif'
_SHEET: Final = (Path(__file__).parent / "statement.css").read_text()
_WIDTHS: Final = {"amount-width": "20mm", "base-width": "20mm"}
# Sheets that go on from others look like all but the first.
_GOES_ON: Final = (
    "@page :first{margin-top:22mm;@top-left{content:string(issuer)}@top-right{content:string(document)}}"
    ".letterhead{margin:0}.lines:nth-of-type(1){margin-top:0}"
)


def style_of(
    look: Look, widths: Mapping[str, str] | None = None, *, numbered: bool = True, goes_on: bool = False
) -> str:
    """Return the style sheet: our own rules, the brand's colours, columns as wide as their longest figure.

    A part of a longer document is not numbered: only the whole knows its count of pages. Raises ValueError for a
    look that is not made of colours.
    """
    tokens = {name.replace("_", "-"): str(look[name]) for name in _TOKENS}
    for name, colour in tokens.items():
        if not _COLOUR.fullmatch(colour):
            raise ValueError(f"{name} is not a colour")
    tokens |= _WIDTHS | dict(widths or {}) | {"font": font_of(look)}
    # Written out, for the renderer works a variable out anew for every cell.
    sheet = _VARIABLE.sub(lambda used: tokens[used[1]], _SHEET)
    return f"{_page_numbers() if numbered else ''}{sheet}{_GOES_ON if goes_on else ''}"


def font_of(look: Look) -> str:
    """Return the families that a statement is set in."""
    return _SERIF if look["font"] == "serif" else SANS


def numbers_page(texts: list[str], *, font: str, colour: str, margin: str) -> str:
    """Return sheets that bear nothing but a page's number, where each sheet of a long document has it."""
    context = {"font": font, "colour": colour, "margin": margin, "texts": texts}
    return render_to_string("settlements/numbers.html", context)


def _page_numbers() -> str:
    page = _("Page %(page)s of %(pages)s").replace('"', "").replace("\\", "")
    before, between, after = re.split(r"%\(pages?\)s", page)
    counters = ("page", "pages") if page.index("%(page)s") < page.index("%(pages)s") else ("pages", "page")
    numbers = f'"{before}" counter({counters[0]}) "{between}" counter({counters[1]}) "{after}"'
    return f"@page{{@bottom-right{{content:{numbers}}}}}\n"
