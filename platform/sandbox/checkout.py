"""The life of a checkout session after it was opened: paid, declined, expired.

The hosted page, the control endpoint and the expiry sweeper all end here, so a test that pays
without a browser takes the way that a customer takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from .api.customers import create as create_customer
from .calls import Call
from .cards import Card
from .charging import charge, new_intent, new_method
from .errors import ApiError
from .events import emit
from .store import Json


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """What the customer typed about themselves."""

    email: str
    name: str


def pay(call: Call, session: Json, card: Card, buyer: Buyer) -> bool:
    """Charge the session's total to the card; return whether it was paid.

    A decline leaves the session open with its intent, so that another card can be tried. Raises
    ApiError when the session is no longer open.
    """
    _expect_open(session, "paid")
    if call.now >= session["expires_at"]:
        raise ApiError("This Checkout Session has expired.", code="checkout_session_expired")
    if session["amount_total"] == 0:
        _complete(call, session, buyer, "no_payment_required")
        return True
    if session["customer"] is None and session["customer_creation"] == "always":
        session["customer"] = _new_customer(call, buyer)
    intent = _intent(call, session)
    billing = {
        "address": None,
        "email": buyer.email or None,
        "name": buyer.name or None,
        "phone": None,
        "tax_id": None,
    }
    charge(call, intent, new_method(call, card, billing, session["customer"]), card)
    if card.code:
        call.tx.save(session)
        return False
    _complete(call, session, buyer, "paid")
    return True


def expire(call: Call, session: Json) -> Json:
    """Close an open session without payment and cancel what it had begun."""
    _expect_open(session, "expired")
    if session["payment_intent"]:
        intent = call.tx.get(call.account, session["payment_intent"], "payment_intent")
        intent |= {
            "status": "canceled",
            "canceled_at": call.now,
            "cancellation_reason": "expired",
        }
        call.tx.save(intent)
        emit(call, "payment_intent.canceled", intent)
    session |= {"status": "expired", "url": None}
    call.tx.save(session)
    emit(call, "checkout.session.expired", session)
    return session


def return_address(session: Json) -> str:
    """Return where a customer goes who has paid."""
    address: str = session["success_url"]
    return address.replace("{CHECKOUT_SESSION_ID}", session["id"])


def leave_address(session: Json) -> str | None:
    """Return where a customer goes who turns back, if the merchant said."""
    address: str | None = session["cancel_url"]
    return address and address.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _expect_open(session: Json, verb: str) -> None:
    if session["status"] != "open":
        raise ApiError(
            f'Only Checkout Sessions with a status in ["open"] can be {verb}. This Checkout '
            f"Session has a status of {session['status']}.",
        )


def _intent(call: Call, session: Json) -> Json:
    """Return the session's intent; it is made at the first attempt, as at Stripe."""
    if session["payment_intent"]:
        return call.tx.get(call.account, session["payment_intent"], "payment_intent")
    intent = new_intent(
        call,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        **session["_intent"],
    )
    session["payment_intent"] = intent["id"]
    return intent


def _complete(call: Call, session: Json, buyer: Buyer, payment_status: str) -> None:
    session |= {
        "status": "complete",
        "payment_status": payment_status,
        "url": None,
        "customer_details": {
            "address": None,
            "business_name": None,
            "email": buyer.email or None,
            "individual_name": None,
            "name": buyer.name or None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    }
    call.tx.save(session)
    emit(call, "checkout.session.completed", session)


def _new_customer(call: Call, buyer: Buyer) -> str:
    wanted = {"email": buyer.email, "name": buyer.name}
    made = create_customer(call, {key: value for key, value in wanted.items() if value})
    return str(made["id"])
