"""Chargebacks: a customer's bank takes money back, then decides. Here the tests are the bank."""

from __future__ import annotations

from .calls import Call
from .charging import move
from .errors import ApiError
from .events import emit
from .ids import new_id
from .store import Json

FEE = 1500
EVIDENCE_DAYS = 9
OPEN = ("needs_response", "under_review")
REASONS = ("fraudulent", "product_not_received", "product_unacceptable", "duplicate", "credit_not_processed", "general")


def open_dispute(call: Call, charge: Json, *, amount: int | None, reason: str) -> Json:
    """Dispute what a charge has left, or part of it, and withdraw it with the fee."""
    left = charge["amount_captured"] - charge["amount_refunded"] - disputed(call, charge["id"])
    wanted = left if amount is None else amount
    if not charge["paid"] or not 0 < wanted <= left:
        raise ApiError(f"Of charge {charge['id']} {left} can be disputed.", param="amount")
    if reason not in REASONS:
        raise ApiError(f"reason is one of {', '.join(REASONS)}", param="reason")
    dispute = call.tx.insert(call.account, "dispute", _new(call, charge, wanted, reason))
    charge["disputed"] = True
    call.tx.save(charge)
    emit(call, "charge.dispute.created", dispute)
    _move(call, dispute, -wanted, FEE)
    emit(call, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def respond(call: Call, dispute: Json) -> Json:
    """Hand the evidence in: the bank looks at it."""
    return _to(call, dispute, "under_review", "updated", since=("needs_response",))


def win(call: Call, dispute: Json) -> Json:
    """Decide for the brand: the funds come back, the fee with them."""
    _to(call, dispute, "won", "closed", since=OPEN)
    _move(call, dispute, dispute["amount"], -FEE)
    emit(call, "charge.dispute.funds_reinstated", dispute)
    return dispute


def lose(call: Call, dispute: Json) -> Json:
    """Decide for the customer: what was withdrawn stays away."""
    return _to(call, dispute, "lost", "closed", since=OPEN)


def disputed(call: Call, charge_id: str) -> int:
    """Return what open and lost disputes hold of a charge."""
    row = call.tx.sql.execute(
        "SELECT COALESCE(sum(json_extract(body, '$.amount')), 0) FROM objects WHERE account = ? AND kind = 'dispute' "
        "AND json_extract(body, '$.charge') = ? AND json_extract(body, '$.status') <> 'won'",
        (call.account, charge_id),
    ).fetchone()
    return int(row[0])


def _to(call: Call, dispute: Json, status: str, event: str, *, since: tuple[str, ...]) -> Json:
    if dispute["status"] not in since:
        raise ApiError(f"Dispute {dispute['id']} is {dispute['status']}.")
    before = {"status": dispute["status"]}
    dispute["status"] = status
    call.tx.save(dispute)
    emit(call, f"charge.dispute.{event}", dispute, before)
    return dispute


def _move(call: Call, dispute: Json, amount: int, fee: int) -> None:
    dispute["balance_transactions"].append(move(call, dispute, type_="adjustment", amount=amount, fee=fee))
    call.tx.save(dispute)


def _new(call: Call, charge: Json, amount: int, reason: str) -> Json:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": call.now + EVIDENCE_DAYS * 86_400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
