"""The statement as a page: the same markup for the screen and for the printer."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from tenant_apps.settlements.documents.credit_note import credit_note_context
from tenant_apps.settlements.documents.shape import Document, LinePart, Look, Snapshot, sha256_of
from tenant_apps.settlements.documents.wording import ADJUSTMENTS, Wording, basis_of, vat_reason

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_TOKENS: Final = ("accent", "accent_soft", "ink", "muted", "line", "negative")
_SANS: Final = (
    '"Tributary Sans","Noto Sans CJK KR","Noto Sans KR","Apple SD Gothic Neo","NanumGothic","DejaVu Sans",sans-serif'
)
_SERIF: Final = '"Noto Serif CJK KR","Noto Serif KR","AppleMyungjo","NanumMyeongjo","DejaVu Serif",serif'
_SHEET: Final = (Path(__file__).parent / "statement.css").read_text()
_FIGURE_MM: Final = 1.62  # width of a digit at the table's size, measured on Noto Sans and DejaVu Sans


def html_of(snapshot: Document) -> str:
    """Print a snapshot as one self-contained page in its own language; equal snapshots give equal text.

    The page has no address, script or picture: nothing can be fetched from it. Raises ValueError for
    a look that is not made of colours.
    """
    with override(snapshot["language"]):
        words = Wording(language=snapshot["language"], currency=snapshot["currency"], exponent=snapshot["exponent"])
        if snapshot["document"] == "credit_note":
            own = credit_note_context(snapshot, words) | {"style": _style(snapshot["look"], {})}
            return render_to_string("settlements/credit_note.html", _head(snapshot, words) | own)
        return render_to_string("settlements/statement.html", _head(snapshot, words) | _context(snapshot, words))


def style_source_of(html: str) -> str:
    """Return the source expression that lets a page's Content-Security-Policy admit its own style sheet."""
    style = html.split("<style>", 1)[1].split("</style>", 1)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _head(snapshot: Document, words: Wording) -> dict[str, Any]:
    return {
        "s": snapshot,
        "sha256": sha256_of(snapshot),
        "period": words.period(snapshot["period"]),
        "first_on": words.long_day(snapshot["period"]["first_on"]),
        "last_on": words.long_day(snapshot["period"]["last_on"]),
        "issued_on": words.long_day(snapshot["issued_on"]),
        "country": words.country(snapshot["partner"]["country"]),
    }


def _context(snapshot: Snapshot, words: Wording) -> dict[str, Any]:
    return {
        "title": pgettext("statement", "Statement"),
        "style": _style(snapshot["look"], _widths(snapshot, words)),
        "balances": _balances(snapshot, words),
        "long": _is_long(_amounts(snapshot), words),
        "payout": words.money(snapshot["payout_minor"]),
        "notes": _notes(snapshot, words),
        "adjustments": [
            {
                "on": words.day(each["on"]),
                "kind": _(ADJUSTMENTS[each["kind"]]),
                "reason": each["reason"],
                "amount": words.figure(each["amount_minor"]),
                "negative": each["amount_minor"] < 0,
            }
            for each in snapshot["adjustments"]
        ],
        "sections": _sections(snapshot, words),
    }


def _is_long(steps: list[tuple[str, int]], words: Wording) -> bool:
    """Return whether the bridge needs a row per step: more steps, or longer figures, than stand side by side."""
    return len(steps) > 5 or len(words.money(max(abs(minor) for _name, minor in steps))) > 17


def _sections(snapshot: Snapshot, words: Wording) -> list[dict[str, Any]]:
    """Return the tables that have lines: what was earned, then what was taken back."""
    earnings: dict[str, Any] = {
        "name": _("Earnings"), "what": pgettext("statement", "For what"), "total_name": _("Total of earnings"),
        "minor": snapshot["earned_minor"], "lines": snapshot["earnings"], "columns": 6,
    }  # fmt: skip
    clawbacks: dict[str, Any] = {
        "name": _("Clawbacks"), "what": pgettext("statement", "From what"), "total_name": _("Total of clawbacks"),
        "minor": snapshot["clawback_minor"], "lines": snapshot["clawbacks"], "columns": 4,
    }  # fmt: skip
    return [
        section
        | {
            "rows": [_row(line, words) for line in section["lines"]],
            "total": words.figure(section["minor"]),
            "negative": section["minor"] < 0,
            "has_base": section["columns"] == 6,
            "before_amount": section["columns"] - 1,
        }
        for section in (earnings, clawbacks)
        if section["lines"]
    ]


def _amounts(snapshot: Snapshot) -> list[tuple[str, int]]:
    """Return the bridge from opening to closing: each step with its amount, signed as it moves the balance.

    Tax, reserve and adjustments stand in it only where they move something.
    """
    moved = [
        (_("Adjustments"), snapshot["adjustment_minor"]),
        (_("VAT"), snapshot["vat_minor"]),
        (_("Tax withheld"), snapshot["withholding_minor"]),
        (_("Into the reserve"), -snapshot["reserve_held_minor"]),
        (_("From the reserve"), snapshot["reserve_released_minor"]),
        (_("VAT settled with the next period"), -snapshot["vat_later_minor"]),
    ]
    return [
        (_("Opening balance"), snapshot["opening_minor"]),
        (_("Earned"), snapshot["earned_minor"]),
        (_("Clawed back"), snapshot["clawback_minor"]),
        *(step for step in moved if step[1]),
        (pgettext("statement", "Payout"), -snapshot["payout_minor"]),
        (_("Closing balance"), snapshot["closing_minor"]),
    ]


def _balances(snapshot: Snapshot, words: Wording) -> list[dict[str, Any]]:
    """Return the bridge as it is printed; the payout is not red, though it leaves."""
    steps = _amounts(snapshot)
    return [
        {
            "name": name,
            "figure": words.figure(minor),
            "negative": minor < 0 and place != len(steps) - 2,
            "last": place == len(steps) - 1,
        }
        for place, (name, minor) in enumerate(steps)
    ]


def _notes(snapshot: Snapshot, words: Wording) -> list[str]:
    """Say what the balances mean: where the opening comes from, why nothing is paid, what happens next."""
    notes = [*_standing(snapshot, words), *_tax_notes(snapshot, words)]
    previous = snapshot["previous"]
    if previous:
        notes.append(
            _("The opening balance is what statement %(number)s (%(label)s) carried forward.")
            % {"number": previous["number"], "label": previous["label"]}
        )
    balance, minimum = snapshot["closing_minor"] + snapshot["payout_minor"], snapshot["minimum_payout_minor"]
    if 0 < balance < minimum:
        notes.append(
            _("The balance of %(balance)s is below the minimum payout of %(minimum)s and is carried forward.")
            % {"balance": words.money(balance), "minimum": words.money(minimum)}
        )
    elif balance < 0 and snapshot["next_opening_minor"] == 0:
        notes.append(
            _("The negative balance of %(balance)s is written off; the next period opens with zero.")
            % {"balance": words.money(balance)}
        )
    elif balance < 0:
        notes.append(
            _("The negative balance of %(balance)s is carried forward and set off against later earnings.")
            % {"balance": words.money(balance)}
        )
    elif minimum > 0:
        notes.append(_("The minimum payout is %(minimum)s.") % {"minimum": words.money(minimum)})
    return notes


def _standing(snapshot: Snapshot, words: Wording) -> list[str]:
    """Say which version it takes the place of, and whether it is an invoice that the recipient issues."""
    notes, corrects = [], snapshot["corrects"]
    if corrects:
        facts = {**corrects, "day": words.long_day(corrects["issued_on"])}
        notes.append(
            _("Takes the place of statement %(number)s of %(day)s, which credit note %(credit_note)s cancels.") % facts
        )
        notes.append(_("Reason: %(reason)s") % facts)
    if snapshot["self_billing_on"]:
        total = snapshot["net_minor"] + snapshot["vat_minor"]
        facts = {
            "day": words.long_day(snapshot["self_billing_on"]), "net": words.money(snapshot["net_minor"]),
            "vat": words.money(snapshot["vat_minor"]), "total": words.money(total),
        }  # fmt: skip
        notes += [
            _("Self-billing, as agreed on %(day)s: this statement is the invoice, issued by the recipient.") % facts,
            _("Invoiced: net %(net)s, VAT %(vat)s, total %(total)s (Article 224 of Directive 2006/112/EC).") % facts,
        ]
    elif snapshot["vat_treatment"] not in ("private", "status_unknown"):
        notes.append(_("This statement is no invoice: self-billing was not agreed on."))
    return notes


def _tax_notes(snapshot: Snapshot, words: Wording) -> list[str]:
    """Say why there is VAT or none, what was withheld, and when the reserve comes back."""
    notes = vat_reason(snapshot, words)
    if snapshot["withholding_minor"]:
        notes.append(
            _("Tax of %(rate)s is withheld and paid to the tax office.")
            % {"rate": words.percent(snapshot["withholding_rate"])}
        )
    if snapshot["reserve_held_minor"]:
        notes.append(
            _("%(amount)s is kept in reserve against refunds and given back with the period of %(day)s.")
            % {"amount": words.money(snapshot["reserve_held_minor"]), "day": words.long_day(snapshot["reserve_until"])}
        )
    return notes


def _row(line: LinePart, words: Wording) -> dict[str, Any]:
    original = line["original"]
    return {
        "on": words.day(line["on"]),
        "order": line["order"],
        "title": line["title"],
        "basis": _origin(original, words) if original else basis_of(line),
        "base": "" if original else words.figure(line["base_minor"]),
        "rate": "" if original else words.percent(line["rate"]),
        "amount": words.figure(line["amount_minor"]),
        "negative": line["amount_minor"] < 0,
        "nothing": line["amount_minor"] == 0,
    }


def _origin(original: Any, words: Wording) -> str:
    facts = {
        "amount": words.money(original["amount_minor"]),
        "order": original["order"],
        "day": words.day(original["on"]),
        "statement": original["statement"],
    }
    if original["statement"]:
        return _("Takes back from %(amount)s of order %(order)s, %(day)s, on statement %(statement)s") % facts
    return _("Takes back from %(amount)s of order %(order)s, %(day)s") % facts


def _style(look: Look, widths: dict[str, str]) -> str:
    """Return the style sheet: our own rules, the brand's colours, columns as wide as their longest figure."""
    tokens = {name.replace("_", "-"): str(look[name]) for name in _TOKENS}
    for name, colour in tokens.items():
        if not _COLOUR.fullmatch(colour):
            raise ValueError(f"{name} is not a colour")
    tokens |= widths
    tokens["font"] = _SERIF if look["font"] == "serif" else _SANS
    declared = "".join(f"--{name}:{value};" for name, value in tokens.items())
    page = _("Page %(page)s of %(pages)s").replace('"', "").replace("\\", "")
    before, between, after = re.split(r"%\(pages?\)s", page)
    counters = ("page", "pages") if page.index("%(page)s") < page.index("%(pages)s") else ("pages", "page")
    numbers = f'"{before}" counter({counters[0]}) "{between}" counter({counters[1]}) "{after}"'
    return f":root{{{declared}}}\n@page{{@bottom-right{{content:{numbers}}}}}\n{_SHEET}"


def _widths(snapshot: Snapshot, words: Wording) -> dict[str, str]:
    lines = [*snapshot["earnings"], *snapshot["clawbacks"], *snapshot["adjustments"]]
    amounts = [line["amount_minor"] for line in lines] + [snapshot["earned_minor"], snapshot["clawback_minor"]]
    bases = [line["base_minor"] for line in snapshot["earnings"]]
    return {"amount-width": _width(amounts, words), "base-width": _width(bases, words)}


def _width(amounts: list[int], words: Wording) -> str:
    longest = max((len(words.figure(minor)) for minor in amounts), default=0)
    return f"{max(20.0, longest * _FIGURE_MM + 3):.1f}mm"
