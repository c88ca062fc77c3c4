"""What happens when a card is charged: the one place where money comes in."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from . import books
from .calls import Call, visible
from .cards import Card
from .events import emit
from .ids import new_id
from .store import Json

AVAILABLE_AFTER = 2 * 86_400
# What an intent and a charge say when nothing else is known.
_INTENT: Json = {
    "object": "payment_intent",
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "application": None,
    "application_fee_amount": None,
    "automatic_payment_methods": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "capture_method": "automatic_async",
    "confirmation_method": "automatic",
    "customer": None,
    "description": None,
    "last_payment_error": None,
    "latest_charge": None,
    "livemode": False,
    "next_action": None,
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "payment_method_types": ["card"],
    "payment_record": None,
    "processing": None,
    "receipt_email": None,
    "review": None,
    "setup_future_usage": None,
    "shipping": None,
    "source": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "requires_payment_method",
    "transfer_data": None,
    "transfer_group": None,
}
_CHARGE: Json = {
    "object": "charge",
    "amount_refunded": 0,
    "application": None,
    "application_fee": None,
    "application_fee_amount": None,
    "balance_transaction": None,
    "calculated_statement_descriptor": "SANDBOX",
    "disputed": False,
    "failure_balance_transaction": None,
    "fraud_details": {},
    "livemode": False,
    "on_behalf_of": None,
    "receipt_number": None,
    "receipt_url": None,
    "refunded": False,
    "review": None,
    "source": None,
    "source_transfer": None,
    "transfer": None,
    "transfer_data": None,
}


def new_intent(call: Call, *, amount: int, currency: str, metadata: dict[str, str], **given: Any) -> Json:
    """Store a PaymentIntent that waits for a payment method; `given` overrides its fields."""
    id_ = new_id("pi")
    intent: Json = {
        "id": id_,
        **deepcopy(_INTENT),
        "amount": amount,
        "client_secret": f"{id_}_secret_{new_id('x')[2:]}",
        "created": call.now,
        "currency": currency,
        "metadata": metadata,
        **given,
    }
    call.tx.insert(call.account, "payment_intent", intent)
    emit(call, "payment_intent.created", intent)
    return intent


def new_method(call: Call, card: Card, billing: Json, customer: str | None = None) -> Json:
    """Store a card as a payment method; of its number only the last four digits are kept."""
    method: Json = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing,
        "card": _card_facts(card),
        "created": call.now,
        "customer": customer,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_token": card.token,
    }
    return call.tx.insert(call.account, "payment_method", method)


def charge(call: Call, intent: Json, method: Json, card: Card) -> Json:
    """Charge an intent once and record the outcome; a declined card leaves a failed charge."""
    made = _charge(call, intent, method, card)
    intent["latest_charge"] = made["id"]
    if card.code:
        call.tx.insert(call.account, "charge", made)
        intent |= {
            "status": "requires_payment_method",
            "payment_method": None,
            "last_payment_error": _payment_error(card, made, method),
        }
        call.tx.save(intent)
        emit(call, "charge.failed", made)
        emit(call, "payment_intent.payment_failed", intent)
        return made
    fee = call.knobs.fee(made["amount"])
    transaction = move(call, made, type_="charge", amount=made["amount"], fee=fee, at_once=card.at_once)
    made["balance_transaction"] = transaction["id"]
    call.tx.insert(call.account, "charge", made)
    intent |= {
        "status": "succeeded",
        "amount_received": made["amount"],
        "payment_method": method["id"],
        "last_payment_error": None,
    }
    call.tx.save(intent)
    emit(call, "charge.succeeded", made)
    emit(call, "payment_intent.succeeded", intent)
    return made


def move(
    call: Call, source: Json, *, type_: str, amount: int, fee: int = 0, other: str = books.CARDS, at_once: bool = False
) -> Json:
    """Book money and write its balance transaction; `amount` is negative on the way out, `other` its other side."""
    waits = amount > 0 and not at_once
    transaction: Json = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": call.now + (AVAILABLE_AFTER if waits else 0),
        "balance_type": "payments",
        "created": call.now,
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [_fee_detail(source["currency"], fee)] if fee else [],
        "net": amount - fee,
        "reporting_category": type_,
        "source": source["id"],
        "status": "pending" if waits else "available",
        "type": type_,
    }
    books.post(
        call.tx,
        call.account,
        transaction["id"],
        source["currency"],
        {other: -amount, books.BALANCE: amount - fee, books.FEES: fee},
    )
    return call.tx.insert(call.account, "balance_transaction", transaction)


def declined_details(card: Card, made: Json, intent: Json) -> Json:
    """Return what Stripe adds to the error of a declined card."""
    return {
        "charge": made["id"],
        "decline_code": card.decline_code,
        "payment_intent": visible(intent),
    }


def _fee_detail(currency: str, fee: int) -> Json:
    return {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }


def _card_facts(card: Card) -> Json:
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "fail" if card.code == "incorrect_cvc" else "pass",
        },
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "sandbox" + card.last4,
        "funding": "credit",
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _payment_error(card: Card, made: Json, method: Json) -> Json:
    return {
        "charge": made["id"],
        "code": card.code,
        "decline_code": card.decline_code,
        "doc_url": f"https://docs.stripe.com/error-codes/{card.code.replace('_', '-')}",
        "message": card.message,
        "payment_method": visible(method),
        "type": "card_error",
    }


def _charge(call: Call, intent: Json, method: Json, card: Card) -> Json:
    failed = bool(card.code)
    return {
        "id": new_id("ch"),
        **deepcopy(_CHARGE),
        "amount": intent["amount"],
        "amount_captured": 0 if failed else intent["amount"],
        "billing_details": method["billing_details"],
        "captured": not failed,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "failure_code": card.code or None,
        "failure_message": card.message or None,
        "metadata": dict(intent["metadata"]),
        "outcome": _outcome(card),
        "paid": not failed,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "card": _card_facts(card)
            | {"amount_authorized": None if failed else intent["amount"], "installments": None},
            "type": "card",
        },
        "receipt_email": intent["receipt_email"],
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "failed" if failed else "succeeded",
        "transfer_group": intent["transfer_group"],
    }


def _outcome(card: Card) -> Json:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if card.code else "approved_by_network",
        "reason": card.decline_code or None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": (
            "The bank did not return any further details with this decline." if card.code else "Payment complete."
        ),
        "type": "issuer_declined" if card.code else "authorized",
    }
