from typing import Any, Final

from django.core.paginator import Paginator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kernel.money import Money
from tenant_apps.console.reasons import vat_text
from tenant_apps.settlements.models import Adjustment, Correction, Statement
from tenant_apps.settlements.printing import being_printed
from tenant_apps.settlements.queries import (
    changes_between,
    credit_note_of_statement,
    debt_of,
    difference_now,
    frozen_lines,
    head_of,
    later_version,
    open_correction,
)
from tenant_apps.settlements.states import VatTreatment

ON_A_SHEET: Final = 200


def sheets_of(statement: Statement) -> "Paginator[int]":
    """Return how a statement's lines are shown in the console: so many at a time, as a partner gets them."""
    count = sum(len(lines) for lines in frozen_lines(statement).values())
    return Paginator(range(count), ON_A_SHEET)


def statement_story(statement: Statement, *, page: str | None) -> dict[str, Any]:
    """Return a statement with the settlement it was printed from, its place among versions, and what differs now."""
    later, waiting = later_version(statement), open_correction(statement)
    story: dict[str, Any] = {
        "statement": statement, "settlement": statement.settlement, "later": later,
        "credit_note": credit_note_of_statement(statement), "waiting": waiting,
        "corrects": head_of(statement)["corrects"], "printing": being_printed(statement),
        "sheet": sheets_of(statement).get_page(page),
    }  # fmt: skip
    if waiting is not None:
        story["changes"] = _told(statement, waiting)
    elif later is None:
        found = difference_now(statement)
        story["changes"] = [_row(statement, change.field, change.before, change.after) for change in found.changes]
    return story


def adjustment_story(adjustment: Adjustment) -> dict[str, Any]:
    """Return an adjustment with the debt that stands by the books, and whether it is decided here."""
    debt = debt_of(adjustment.partner_ref, adjustment.currency)
    return {
        "adjustment": adjustment, "debt": max(debt, 0), "is_open": adjustment.state == "proposed",
        "to_type": typed_amount(adjustment),
        "decides": not (adjustment.kind == Adjustment.Kind.SET_OFF and adjustment.amount_minor < 0),
    }  # fmt: skip


def typed_amount(adjustment: Adjustment) -> str:
    """Return what is typed to approve an adjustment."""
    return f"{Money(adjustment.amount_minor, adjustment.currency).to_decimal():f}"


def _told(statement: Statement, correction: Correction) -> list[dict[str, str]]:
    changes = changes_between(statement, correction.facts, correction.vat_minor)
    return [_row(statement, change.field, change.before, change.after) for change in changes]


def _row(statement: Statement, field: str, before: str, after: str) -> dict[str, str]:
    currency = statement.settlement.currency
    labels = {
        "brand.legal_name": _("Legal name of the brand"), "brand.address": _("Address of the brand"),
        "brand.country": _("Country of the brand"), "brand.vat_id": _("VAT number of the brand"),
        "brand.name": _("Name of the brand"), "brand.email": _("E-mail of the brand"),
        "partner.name": _("Name of the partner"), "partner.legal_name": _("Legal name of the partner"),
        "partner.address": _("Address of the partner"), "partner.country": _("Country of the partner"),
        "partner.vat_id": _("VAT number of the partner"), "partner.tax_id": _("Tax number of the partner"),
        "self_billing_on": _("Self-billing agreed on"), "vat_rate": _("VAT rate"), "vat_treatment": _("VAT"),
        "vat_place": _("Place of supply"), "vat_law": _("Law cited for the VAT"), "vat_minor": _("VAT amount"),
    }  # fmt: skip
    said = [before, after]
    if field == "vat_minor":
        said = [Money(int(value), currency).format(get_language() or "en") for value in said]
    if field == "vat_treatment":
        said = [vat_text(value) if value in set(VatTreatment) else value for value in said]
    return {"label": labels.get(field, field), "before": said[0], "after": said[1]}
