"""The credit note: a statement's supply and VAT turned round, from what the statement itself says."""

from typing import Any

from django.utils.translation import gettext as _

from tenant_apps.settlements.documents.shape import CreditNoteSnapshot, Snapshot, sha256_of
from tenant_apps.settlements.documents.wording import Wording, vat_reason


def credit_note_of(
    statement: Snapshot, *, number: str, issued_at: str, issued_on: str, replaced_by: str, reason: str
) -> CreditNoteSnapshot:
    """Return the credit note that cancels a statement whole; its amounts are the statement's with the other sign."""
    net, vat = -statement["net_minor"], -statement["vat_minor"]
    return {
        "schema": statement["schema"],
        "document": "credit_note",
        "number": number,
        "issued_at": issued_at,
        "issued_on": issued_on,
        "language": statement["language"],
        "currency": statement["currency"],
        "exponent": statement["exponent"],
        "brand": statement["brand"],
        "partner": statement["partner"],
        "look": statement["look"],
        "period": statement["period"],
        "cancels": {
            "number": statement["number"],
            "version": statement["version"],
            "issued_on": statement["issued_on"],
            "sha256": sha256_of(statement),
        },
        "replaced_by": replaced_by,
        "reason": reason,
        "self_billing_on": statement["self_billing_on"],
        "net_minor": net,
        "vat_minor": vat,
        "vat_rate": statement["vat_rate"],
        "vat_treatment": statement["vat_treatment"],
        "vat_place": statement["vat_place"],
        "vat_law": statement["vat_law"],
        "total_minor": net + vat,
    }


def credit_note_context(note: CreditNoteSnapshot, words: Wording) -> dict[str, Any]:
    """Return what its page prints."""
    cancels = note["cancels"]
    facts = {
        "number": cancels["number"],
        "version": cancels["version"],
        "day": words.long_day(cancels["issued_on"]),
        "by": note["replaced_by"],
    }
    notes = [
        _("This credit note cancels version %(version)s, statement %(number)s of %(day)s, as a whole.") % facts,
        _("Statement %(by)s takes its place. What was paid stays paid; a difference is settled with the next period.")
        % facts,
        _("Reason: %(reason)s") % {"reason": note["reason"]},
        *vat_reason(note, words),
    ]
    if note["self_billing_on"]:
        notes.append(_("Self-billing: issued by the recipient of the service (Article 224 of Directive 2006/112/EC)."))
    rate = words.percent(note["vat_rate"])
    steps = [
        (_("Net of the period"), note["net_minor"]),
        (_("VAT %(rate)s") % {"rate": rate} if note["vat_minor"] else _("VAT"), note["vat_minor"]),
        (_("Total"), note["total_minor"]),
    ]
    return {
        "title": _("Credit note"),
        "steps": [{"name": name, "figure": words.figure(minor), "negative": minor < 0} for name, minor in steps],
        "payout": words.money(note["total_minor"]),
        "notes": notes,
    }
