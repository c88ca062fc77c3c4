"""One brand form becomes every surface's colours: pages, console, widget, mail and PDF.

A theme is typed tokens, never CSS from a customer: the server writes the style sheet. Readability is a
property of the palette, not a hope: the 600 step reads on white and on a grey row, the accent reads on
the dark base, for every hue (WCAG 2.2, 1.4.3: at least 4.5:1).
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from coloraide import Color
from stdnum.eu import vat as eu_vat

from kernel.errors import InvalidInput
from kernel.sentences import sentence

READABLE: Final = 4.5
STEPS: Final = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")
MAX_RADIUS: Final = 24
MAX_LOGO_TEXT: Final = 40
MAX_LEGAL_NAME: Final = 160
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_VAT_ID: Final = re.compile(r"[A-Z0-9+*]{4,20}", re.ASCII)

_CJK = '"Apple SD Gothic Neo","Malgun Gothic","Noto Sans KR","Noto Sans CJK KR"'
_CJK_SERIF = '"AppleMyungjo","Batang","Noto Serif KR","Noto Serif CJK KR"'
FONTS: Final = MappingProxyType(
    {
        "system": f'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",{_CJK},sans-serif',
        "humanist": f'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans",{_CJK},sans-serif',
        "rounded": f'ui-rounded,"Hiragino Maru Gothic ProN",Quicksand,"Arial Rounded MT Bold",{_CJK},sans-serif',
        "serif": f'"Iowan Old Style","Palatino Linotype",Palatino,"Noto Serif","DejaVu Serif",{_CJK_SERIF},serif',
    }
)

# Surfaces the palette is measured against: text on white and on the grey of a hovered row; in the dark,
# text on a card, which is lighter than the page behind it.
_LIGHT_SURFACES = ("#ffffff", "#f3f4f6")
_DARK_SURFACES = ("#0c0e13", "#1c2029")

_LIGHT = {
    "background": "#f8f9fb",
    "foreground": "#171b24",
    "card": "#ffffff",
    "muted": "#f3f4f6",
    "muted-foreground": "#5a6272",
    "border": "#e3e6eb",
    "input": "#8b93a3",
    "destructive": "#b42323",
    "positive": "#12703f",
    "tone-neutral": "#4c5463",
    "tone-neutral-soft": "#eef0f3",
    "tone-info": "#1f55b5",
    "tone-info-soft": "#e8f0fd",
    "tone-good": "#12703f",
    "tone-good-soft": "#e4f5ea",
    "tone-warn": "#8a5100",
    "tone-warn-soft": "#fdf1dc",
    "tone-bad": "#b42323",
    "tone-bad-soft": "#fdecec",
    "shadow": "0 1px 2px rgb(16 24 40/.05)",
}
_DARK = {
    "background": "#0c0e13",
    "foreground": "#eceef3",
    "card": "#14171e",
    "muted": "#1c2029",
    "muted-foreground": "#9ca4b4",
    "border": "#282d38",
    "input": "#6d7687",
    "destructive": "#f58a8a",
    "positive": "#6fd39c",
    "tone-neutral": "#b9c0cc",
    "tone-neutral-soft": "#262b35",
    "tone-info": "#93b9f8",
    "tone-info-soft": "#172642",
    "tone-good": "#6fd39c",
    "tone-good-soft": "#122a1e",
    "tone-warn": "#ecb765",
    "tone-warn-soft": "#30240f",
    "tone-bad": "#f58a8a",
    "tone-bad-soft": "#371a1c",
    "shadow": "none",
}
_INK_ON_ACCENT = "#0c0e13"

# The tokens Basecoat's components read, told in terms of ours.
_ALIASES = {
    "card-foreground": "foreground",
    "popover": "card",
    "popover-foreground": "foreground",
    "secondary": "muted",
    "secondary-foreground": "foreground",
    "accent": "muted",
    "accent-foreground": "foreground",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Hold what a brand chose about its looks; an invalid choice cannot be constructed."""

    primary: str = "#0f766e"
    radius: int = 8
    font: str = "system"
    logo_text: str = ""
    dark: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.primary):
            raise InvalidInput(field="primary", message="must be # and six hexadecimal digits, such as #0f766e")
        if type(self.radius) is not int or not 0 <= self.radius <= MAX_RADIUS:
            message = sentence("must be a whole number of pixels from 0 to %(most)s", most=MAX_RADIUS)
            raise InvalidInput(field="radius", message=message)
        if self.font not in FONTS:
            raise InvalidInput(field="font", message=sentence("must be one of %(choices)s", choices=", ".join(FONTS)))
        if len(self.logo_text) > MAX_LOGO_TEXT or not (self.logo_text.isprintable()):
            message = sentence("must be one line of at most %(most)s characters", most=MAX_LOGO_TEXT)
            raise InvalidInput(field="logo_text", message=message)
        if type(self.dark) is not bool:
            raise InvalidInput(field="dark", message="must be true or false")


def palette(primary: str) -> dict[str, str]:
    """Return the eleven steps from 50 to 950 around a brand's colour, light to dark.

    The 600 step is the brand's own colour whenever it reads on white and on a grey row, and the nearest
    darker tone of the same hue otherwise. The 400 step is what the dark scheme uses: it reads on its card.
    """
    hue, chroma = _hue_and_chroma(primary)
    own = Color(primary).convert("oklch")["lightness"]

    def tone(lightness: float, strength: float) -> str:
        return _hex(lightness, chroma * strength, hue)

    strong = own
    if not _reads(primary, _LIGHT_SURFACES):
        strong = _clamped(own, -0.005, lambda lightness: _reads(tone(lightness, 1), _LIGHT_SURFACES))
    bright = _clamped(max(0.72, strong), 0.005, lambda lightness: _reads(tone(lightness, 0.92), _DARK_SURFACES))
    deep = min(0.22, strong * 0.6)
    lightness = {
        **_between(("50", "100", "200", "300", "400"), 0.975, bright),
        **_between(("400", "500", "600"), bright, strong),
        **_between(("600", "700", "800", "900", "950"), strong, deep),
    }
    strength = (0.1, 0.2, 0.42, 0.7, 0.92, 1, 1, 0.95, 0.86, 0.74, 0.6)
    steps = {step: tone(lightness[step], share) for step, share in zip(STEPS, strength, strict=True)}
    return steps | ({"600": primary.lower()} if strong == own else {})


def contrast(first: str, second: str) -> float:
    """Return the WCAG 2 contrast ratio of two colours, from 1 to 21."""
    return float(Color(first).contrast(second, method="wcag21"))


def css_variables(theme: Theme) -> str:
    """Write the theme's style sheet: custom properties for both schemes, nothing else.

    The dark block is for screens only, so paper stays white. A theme without dark mode has no such block.
    """
    steps = palette(theme.primary)
    brand = {f"brand-{step}": colour for step, colour in steps.items()}
    fixed = {
        "radius": f"{theme.radius}px",
        "font-sans": FONTS[theme.font],
        **{name: f"var(--{target})" for name, target in _ALIASES.items()},
    }
    light = _LIGHT | {
        "primary": steps["600"],
        "primary-foreground": "#ffffff",
        "primary-strong": steps["700"],
        "primary-soft": steps["50"],
        "link": steps["600"],
        "ring": steps["500"],
    }
    schemes = "light dark" if theme.dark else "light"
    sheet = f":root{{color-scheme:{schemes};{_declared(brand | fixed | light)}}}\n"
    if not theme.dark:
        return sheet
    dark = _DARK | {
        "primary": steps["400"],
        "primary-foreground": _INK_ON_ACCENT,
        "primary-strong": steps["300"],
        "primary-soft": steps["950"],
        "link": steps["400"],
        "ring": steps["400"],
    }
    return sheet + f"@media screen and (prefers-color-scheme:dark){{:root{{{_declared(dark)}}}}}\n"


def css_fingerprint(theme: Theme) -> str:
    """Return the name of the theme's style sheet: equal looks share one address, which may be cached for ever."""
    return hashlib.sha256(css_variables(theme).encode()).hexdigest()[:16]


def pdf_palette(theme: Theme) -> dict[str, str]:
    """Return the colours and the font stack of printed documents: always on white, whatever the screen does."""
    steps = palette(theme.primary)
    return {
        "paper": "#ffffff",
        "ink": _LIGHT["foreground"],
        "muted": _LIGHT["muted-foreground"],
        "line": _LIGHT["border"],
        "accent": steps["600"],
        "accent_ink": "#ffffff",
        "accent_soft": steps["50"],
        "negative": _LIGHT["destructive"],
        "positive": _LIGHT["positive"],
        "font": FONTS[theme.font],
    }


def _hue_and_chroma(colour: str) -> tuple[float, float]:
    lch = Color(colour).convert("oklch").normalize(nans=False)
    return float(lch["hue"]), float(lch["chroma"])


def _hex(lightness: float, chroma: float, hue: float) -> str:
    return Color("oklch", [lightness, chroma, hue]).convert("srgb").fit(method="oklch-chroma").to_string(hex=True)


def _reads(colour: str, surfaces: tuple[str, ...]) -> bool:
    # Measured on the rounded hex value, because that is what a browser paints.
    return all(contrast(colour, surface) >= READABLE for surface in surfaces)


def _clamped(start: float, stride: float, holds: Callable[[float], bool]) -> float:
    lightness = start
    while not holds(lightness):
        lightness += stride
    return lightness


def _between(steps: tuple[str, ...], first: float, last: float) -> dict[str, float]:
    stride = (last - first) / (len(steps) - 1)
    return {step: first + stride * index for index, step in enumerate(steps)}


def _declared(tokens: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in tokens.items())


def checked_seat(country: str, vat_id: str) -> tuple[str, str]:
    """Return a legal person's country and VAT number in their normal form; both may be empty.

    A number of a member state of the EU is checked with its check digits. Raises InvalidInput naming the field.
    """
    country, vat_id = country.strip().upper(), "".join(vat_id.upper().split())
    if country and not _COUNTRY.fullmatch(country):
        raise InvalidInput(field="country", message="must be an ISO 3166 code such as DE")
    if vat_id and not country:
        raise InvalidInput(field="country", message="is needed with a VAT number")
    in_eu = country.lower() in eu_vat.MEMBER_STATES
    if vat_id and not (eu_vat.is_valid(vat_id) if in_eu else _VAT_ID.fullmatch(vat_id)):
        raise InvalidInput(field="vat_id", message=sentence("is no VAT number of %(country)s", country=country))
    if vat_id and in_eu and vat_id[:2] != {"GR": "EL"}.get(country, country):
        raise InvalidInput(field="vat_id", message=sentence("is no VAT number of %(country)s", country=country))
    return country, vat_id
