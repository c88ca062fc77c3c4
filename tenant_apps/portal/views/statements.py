import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kernel.actor import Actor
from shared_apps.accounts.wording import refusal_text
from shared_apps.audit.errors import NotSealed
from shared_apps.audit.proof import record_proof
from shared_apps.audit.queries import seal_over
from tenant_apps.portal.policies import may_view_statement
from tenant_apps.portal.views.entering import partner_needed, partner_page
from tenant_apps.portal.views.wording import Amount, Step, amount, period_named, reason_of, steps_of
from tenant_apps.settlements.documents import ADJUSTMENTS
from tenant_apps.settlements.downloading import csv_file, pdf_file
from tenant_apps.settlements.errors import BeingPrinted
from tenant_apps.settlements.printing import being_printed
from tenant_apps.settlements.queries import (
    credit_note_of_statement,
    frozen_lines,
    head_of,
    later_version,
    owed_again,
    payout_of,
    statement_by_ref,
    statements_of_partner,
)

if TYPE_CHECKING:
    from tenant_apps.settlements.models import CreditNote, Statement

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement in the list."""

    statement: "Statement"
    month: str
    net: Amount
    payout: Amount
    closing: Amount


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A frozen line of a statement as its partner reads it."""

    line: dict[str, Any]
    on: date
    original_on: date | None
    amount: Amount
    steps: list[Step]
    reason: str


@require_GET
@partner_needed
def statement_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the partner's statements at this brand, newest first."""
    page = Paginator(statements_of_partner(actor.id), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"rows": [_row(statement) for statement in page], "page": page}
    return partner_page(request, actor, "portal/statements.html", "statements", context)


@require_GET
@partner_needed
def statement_page(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Show a statement from its frozen snapshot, as its PDF and CSV say it."""
    statement = _own(actor, ref)
    snapshot: dict[str, Any] = dict(head_of(statement))
    frozen: dict[str, Any] = dict(frozen_lines(statement))
    parts = {part: Paginator(lines, ON_A_PAGE) for part, lines in frozen.items()}
    longest = max(parts.values(), key=lambda pages: pages.num_pages).get_page(request.GET.get("page"))
    shown = {part: pages.page(longest.number) for part, pages in parts.items() if longest.number <= pages.num_pages}
    context = {
        "statement": statement, "s": snapshot, "later": later_version(statement),
        "credit_note": credit_note_of_statement(statement), "adjustments": _adjustments(snapshot),
        "came_back": _came_back(statement),
        "month": period_named(statement.settlement.period),
        "bridge": _bridge(snapshot), "net": amount(snapshot["net_minor"], snapshot["currency"]),
        **{part: [_line(line, snapshot["currency"]) for line in page] for part, page in shown.items()},
        "seal": seal_over(statement), "printing": being_printed(statement),
        "longest": longest,
    }  # fmt: skip
    return partner_page(request, actor, "portal/statement.html", "statements", context)


@require_GET
@partner_needed
def statement_pdf(_request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Send the statement's PDF, printed now if the worker has not yet; the page tells how far a long one is."""
    statement = _own(actor, ref)
    try:
        return pdf_file(statement)
    except BeingPrinted:
        return redirect("portal_statement", ref)


@require_GET
@partner_needed
def statement_printing(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Show how far a long statement's PDF is; it asks again by itself until it is there."""
    statement = _own(actor, ref)
    context = {"statement": statement, "printing": being_printed(statement)}
    return render(request, "portal/statement_printing.html", context)


@require_GET
@partner_needed
def credit_note_pdf(_request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Send the credit note that cancels a statement, as PDF."""
    return pdf_file(_credit_note(actor, ref))


@require_GET
@partner_needed
def credit_note_csv(_request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Send the credit note that cancels a statement, as CSV."""
    return csv_file(_credit_note(actor, ref), for_spreadsheets=True)


@require_GET
@partner_needed
def statement_csv(_request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Send the statement's lines as CSV."""
    return csv_file(_own(actor, ref), for_spreadsheets=True)


@require_GET
@partner_needed
def statement_proof(_request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Send what proves that the statement stands in a published root; there is nothing before it is sealed."""
    statement = _own(actor, ref)
    return _proof_of(statement, f"{statement.number}-v{statement.version}")


@require_GET
@partner_needed
def credit_note_proof(_request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Send what proves that the credit note which cancels a statement stands in a published root."""
    note = _credit_note(actor, ref)
    return _proof_of(note, note.number)


def _proof_of(document: "Statement | CreditNote", name: str) -> HttpResponse:
    try:
        proof = record_proof(document)
    except NotSealed as early:
        return HttpResponse(refusal_text(early), status=early.status, content_type="text/plain; charset=utf-8")
    response = HttpResponse(json.dumps(proof, indent=1), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.proof.json"'
    return response


def _own(actor: Actor, ref: str) -> "Statement":
    """Return the actor's own statement; another's is as unknown as none."""
    statement = statement_by_ref(ref)
    if statement is None or not may_view_statement(actor, statement):
        raise Http404
    return statement


def _credit_note(actor: Actor, ref: str) -> "CreditNote":
    note = credit_note_of_statement(_own(actor, ref))
    if note is None:
        raise Http404
    return note


def _came_back(statement: "Statement") -> dict[str, Any] | None:
    """Return what came back of the statement's payout, and whether a later settlement has taken all of it in."""
    payout = payout_of(statement.settlement)
    if payout is None or not payout.returned_minor:
        return None
    settled = all(each.settlement_id for each in owed_again(payout))
    return {"amount": amount(payout.returned_minor, payout.currency), "settled": settled}


def _adjustments(snapshot: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        each | {
            "kind": _(ADJUSTMENTS[each["kind"]]), "on": date.fromisoformat(each["on"]),
            "amount": amount(each["amount_minor"], snapshot["currency"]),
        }
        for each in snapshot["adjustments"]
    ]  # fmt: skip


def _row(statement: "Statement") -> StatementRow:
    settlement = statement.settlement
    net, payout, closing = (
        amount(minor, settlement.currency)
        for minor in (settlement.net_minor, settlement.payout_minor, settlement.closing_minor)
    )
    return StatementRow(statement, period_named(settlement.period), net, payout, closing)


def _line(line: dict[str, Any], currency: str) -> StatementLine:
    original = line["original"]
    return StatementLine(
        line, date.fromisoformat(line["on"]), date.fromisoformat(original["on"]) if original else None,
        amount(line["amount_minor"], currency), steps_of(line["steps"]),
        reason_of(line["reason"]) if line["reason"] else "",
    )  # fmt: skip


def _bridge(snapshot: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the way from the opening to the closing balance, one amount a step."""
    moved = (
        (_("Adjustments"), snapshot["adjustment_minor"]), (_("VAT"), snapshot["vat_minor"]),
        (_("Tax withheld"), snapshot["withholding_minor"]), (_("Into the reserve"), -snapshot["reserve_held_minor"]),
        (_("From the reserve"), snapshot["reserve_released_minor"]),
        (_("VAT settled with the next period"), -snapshot["vat_later_minor"]),
    )  # fmt: skip
    steps = (
        (_("Opening balance"), snapshot["opening_minor"]), (_("Earned"), snapshot["earned_minor"]),
        (_("Clawed back"), snapshot["clawback_minor"]), *(step for step in moved if step[1]),
        (_("Payout"), -snapshot["payout_minor"]), (_("Closing balance"), snapshot["closing_minor"]),
    )  # fmt: skip
    return [{"label": label, "amount": amount(minor, snapshot["currency"])} for label, minor in steps]
