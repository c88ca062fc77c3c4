"""What a statement says above and below its lines: parties, balances, and sentences that explain them."""

from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from tenant_apps.settlements.documents.shape import Document, Snapshot
from tenant_apps.settlements.documents.wording import ADJUSTMENTS, Covered, Wording, period_text, vat_reason


def head_context(document: Document, words: Wording, sha256: str) -> dict[str, Any]:
    """Return what stands at the head of a statement or a credit note."""
    return {
        "s": document,
        "sha256": sha256,
        "period": words.period(document["period"]),
        "first_on": words.long_day(document["period"]["first_on"]),
        "last_on": words.long_day(document["period"]["last_on"]),
        "issued_on": words.long_day(document["issued_on"]),
        "country": words.country(document["partner"]["country"]),
    }


def statement_context(snapshot: Snapshot, words: Wording) -> dict[str, Any]:
    """Return what a statement says above and below its lines."""
    return {
        "title": pgettext("statement", "Statement"),
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
    }


def _is_long(steps: list[tuple[str, int]], words: Wording) -> bool:
    """Return whether the bridge needs a row per step: more steps, or longer figures, than stand side by side."""
    return len(steps) > 5 or len(words.money(max(abs(minor) for _name, minor in steps))) > 17


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
        before = Covered.frozen(previous["label"], previous["first_on"], previous["last_on"])
        notes.append(
            _("The opening balance is what statement %(number)s (%(label)s) carried forward.")
            % {"number": previous["number"], "label": period_text(before, language=get_language() or "en")}
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
