"""A palette reads for every hue a brand may choose, and the style sheet holds typed tokens only."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from shared_apps.brands.rules import (
    FONTS,
    STEPS,
    Theme,
    contrast,
    css_fingerprint,
    css_variables,
    palette,
    pdf_palette,
)

ROOT = Path(__file__).parents[2]
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours)
@example("#ffffff")
@example("#000000")
@example("#ffff00")
@example("#00ff00")
@example("#0000ff")
def test_every_brand_colour_reads_in_light_and_dark(primary: str) -> None:
    steps = palette(primary)
    assert tuple(steps) == STEPS
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in steps.values())
    for surface in ("#ffffff", "#f3f4f6"):
        assert contrast(steps["600"], surface) >= 4.5
        assert contrast(steps["700"], surface) >= 4.5
    for surface in ("#0c0e13", "#14171e", "#1c2029"):
        assert contrast(steps["400"], surface) >= 4.5


@given(colours)
def test_steps_grow_darker_from_50_to_950(primary: str) -> None:
    against_white = [contrast(colour, "#ffffff") for colour in palette(primary).values()]
    # Rounding to hex may turn two neighbours by a hair where a palette is grey or almost black.
    assert all(lighter <= darker + 0.08 for lighter, darker in pairwise(against_white))
    assert against_white[0] < 1.2


@given(colours)
def test_a_readable_brand_colour_is_used_as_chosen_and_no_other(primary: str) -> None:
    assert (palette(primary)["600"] == primary) == (contrast(primary, "#f3f4f6") >= 4.5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("primary", "red"),
        ("primary", "#0f766e;}body{display:none"),
        ("primary", "#0f766"),
        ("primary", "#0f766e\n"),
        ("radius", -1),
        ("radius", 25),
        ("radius", True),
        ("radius", 1.5),
        ("font", "Comic Sans"),
        ("font", "system;color:red"),
        ("logo_text", "x" * 41),
        ("logo_text", "two\nlines"),
        ("dark", 1),
    ],
)
def test_an_invalid_token_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        Theme(**{field: value})  # type: ignore[arg-type]
    assert refused.value.field == field


@given(
    st.builds(
        Theme, primary=colours, radius=st.integers(0, 24), font=st.sampled_from(sorted(FONTS)), dark=st.booleans()
    )
)
def test_the_style_sheet_holds_custom_properties_and_nothing_else(theme: Theme) -> None:
    sheet = css_variables(theme)
    blocks = re.findall(r":root\{([^{}]*)\}", sheet)
    assert len(blocks) == (2 if theme.dark else 1)
    assert ("prefers-color-scheme:dark" in sheet) is theme.dark
    declarations = [line for block in blocks for line in block.split(";") if line]
    assert all(re.fullmatch(r"(color-scheme|--[a-z0-9-]+):[^<>\\{}]+", line) for line in declarations)
    assert f"--primary:{palette(theme.primary)['600']}" in declarations
    assert f"--radius:{theme.radius}px" in declarations


def test_text_and_chips_read_in_both_schemes() -> None:
    light, dark = (
        dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]{6})", block)) for block in css_variables(Theme()).split("@media")
    )
    for tokens in (light, dark):
        for ink in ("foreground", "muted-foreground", "destructive", "positive"):
            for surface in ("background", "card", "muted"):
                assert contrast(tokens[ink], tokens[surface]) >= 4.5, (ink, surface)
        for tone in ("neutral", "info", "good", "warn", "bad"):
            assert contrast(tokens[f"tone-{tone}"], tokens[f"tone-{tone}-soft"]) >= 4.5, tone
        assert contrast(tokens["primary"], tokens["primary-foreground"]) >= 4.5
        assert contrast(tokens["input"], tokens["card"]) >= 3


def test_equal_looks_share_one_address() -> None:
    assert css_fingerprint(Theme(logo_text="Aurora")) == css_fingerprint(Theme(logo_text="Boreal"))
    assert css_fingerprint(Theme(radius=0)) != css_fingerprint(Theme(radius=8))
    assert re.fullmatch("[0-9a-f]{16}", css_fingerprint(Theme()))


def test_a_document_prints_in_the_brand_colour_on_white() -> None:
    printed = pdf_palette(Theme(primary="#ffcc00", font="serif"))
    assert printed["paper"] == "#ffffff"
    assert printed["accent"] == palette("#ffcc00")["600"]
    assert printed["font"] == FONTS["serif"]
    assert contrast(printed["muted"], printed["paper"]) >= 4.5


def test_the_style_sheet_of_a_page_without_a_brand_is_the_default_theme() -> None:
    stored = ROOT / "themes/default/static/tributary/theme.css"
    assert stored.read_text() == css_variables(Theme())
