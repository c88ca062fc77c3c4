"""PaymentIntents: create, confirm, cancel, without Checkout."""

from __future__ import annotations

from ..calls import Call, Route, merged_metadata, names, only
from ..cards import BY_TOKEN, Card
from ..charging import charge, declined_details, new_intent, new_method
from ..currencies import chargeable, known
from ..errors import ApiError, CardDeclined, missing
from ..events import emit
from ..listing import page
from ..store import Json
from .customers import living

_EDITABLE = names(
    """
    amount currency customer description metadata payment_method receipt_email shipping
    statement_descriptor statement_descriptor_suffix transfer_group
    """
)
_CREATE = _EDITABLE | names(
    """
    automatic_payment_methods capture_method confirm error_on_requires_action
    off_session payment_method_types return_url
    """
)
_CONFIRM = frozenset(["payment_method", "off_session", "return_url", "receipt_email", "error_on_requires_action"])
_COPIED = [
    "description",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
]
_NO_BILLING: Json = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}


def create(call: Call, params: Json) -> Json:
    """Create an intent and, with `confirm`, charge it at once."""
    only(params, _CREATE)
    _refuse_later_capture(params)
    currency = known(params["currency"])
    given = {name: params[name] for name in _COPIED if params.get(name, "") != ""}
    if "capture_method" in params:
        given["capture_method"] = params["capture_method"]
    if "customer" in params:
        given["customer"] = living(call, params["customer"])["id"]
    if "automatic_payment_methods" in params:
        given["automatic_payment_methods"] = {"allow_redirects": "always"} | params["automatic_payment_methods"]
    intent = new_intent(
        call,
        amount=chargeable(params["amount"], currency),
        currency=currency,
        metadata=merged_metadata({}, params.get("metadata")),
        **given,
    )
    if "payment_method" in params:
        _attach(call, intent, params["payment_method"])
    return _confirm(call, intent) if params.get("confirm") else intent


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return an intent."""
    return call.tx.get(call.account, id_, "payment_intent")


def update(call: Call, params: Json, id_: str) -> Json:
    """Change an intent; amount and currency only while nothing was charged."""
    only(params, _EDITABLE)
    intent = call.tx.get(call.account, id_, "payment_intent")
    if {"amount", "currency", "customer", "payment_method"} & params.keys():
        _expect_open(intent, "updated")
    currency = known(params.get("currency") or intent["currency"])
    intent |= {
        "amount": chargeable(params["amount"] if "amount" in params else intent["amount"], currency),
        "currency": currency,
        "metadata": merged_metadata(intent["metadata"], params.get("metadata")),
    }
    for name in _COPIED:
        if name in params:
            intent[name] = params[name] if params[name] != "" else None
    if "customer" in params:
        intent["customer"] = living(call, params["customer"])["id"]
    if "payment_method" in params:
        _attach(call, intent, params["payment_method"])
    return call.tx.save(intent)


def confirm(call: Call, params: Json, id_: str) -> Json:
    """Charge an intent with its payment method, or with the one given here."""
    only(params, _CONFIRM)
    intent = call.tx.get(call.account, id_, "payment_intent")
    _expect_open(intent, "confirmed")
    if "payment_method" in params:
        _attach(call, intent, params["payment_method"])
    if params.get("receipt_email"):
        intent["receipt_email"] = params["receipt_email"]
    return _confirm(call, intent)


def cancel(call: Call, params: Json, id_: str) -> Json:
    """Cancel an intent that was not paid."""
    intent = call.tx.get(call.account, id_, "payment_intent")
    _expect_open(intent, "canceled")
    return canceled(call, intent, params.get("cancellation_reason"))


def canceled(call: Call, intent: Json, reason: str | None) -> Json:
    """Move an open intent to `canceled` and tell."""
    intent |= {"status": "canceled", "canceled_at": call.now, "cancellation_reason": reason}
    call.tx.save(intent)
    emit(call, "payment_intent.canceled", intent)
    return intent


def list_(call: Call, params: Json) -> Json:
    """List intents."""
    only(params, frozenset(["created", "customer", "ending_before", "limit", "starting_after"]))
    filters = {"customer": params.get("customer")}
    return page(call, "payment_intent", "/v1/payment_intents", params, filters)


def _refuse_later_capture(params: Json) -> None:
    if params.get("capture_method") == "manual":
        raise ApiError(
            "The local sandbox captures at once; capture_method=manual is not implemented.",
            param="capture_method",
            code="sandbox_unsupported",
        )
    if "card" not in params.get("payment_method_types", ["card"]):
        raise ApiError(
            "The local sandbox only knows the payment method type card.",
            param="payment_method_types",
            code="sandbox_unsupported",
        )


def _expect_open(intent: Json, verb: str) -> None:
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise ApiError(
            f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            details={"payment_intent": {"id": intent["id"], "status": intent["status"]}},
        )


def _attach(call: Call, intent: Json, id_: str) -> None:
    method = call.tx.find(call.account, id_, "payment_method")
    if method is None:
        if id_ not in BY_TOKEN:
            raise missing("PaymentMethod", id_, param="payment_method")
        method = new_method(call, BY_TOKEN[id_], _NO_BILLING, intent["customer"])
    intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.tx.save(intent)


def _confirm(call: Call, intent: Json) -> Json:
    if intent["payment_method"] is None:
        raise ApiError(
            "You cannot confirm this PaymentIntent because it's missing a payment method. Update "
            "the PaymentIntent with a payment method and then confirm it again.",
            code="payment_intent_unexpected_state",
        )
    method = call.tx.get(call.account, intent["payment_method"], "payment_method")
    card: Card = BY_TOKEN[method["_token"]]
    made = charge(call, intent, method, card)
    if card.code:
        raise CardDeclined(card.message, code=card.code, details=declined_details(card, made, intent))
    return intent


_BASE = "/v1/payment_intents"
_ONE = _BASE + "/<id_>"
ROUTES = (
    Route("POST", _BASE, "_payment_intent_create_params:PaymentIntentCreateParams", create),
    Route("GET", _BASE, "_payment_intent_list_params:PaymentIntentListParams", list_),
    Route("GET", _ONE, "_payment_intent_retrieve_params:PaymentIntentRetrieveParams", retrieve),
    Route("POST", _ONE, "_payment_intent_update_params:PaymentIntentUpdateParams", update),
    Route(
        "POST",
        _ONE + "/confirm",
        "_payment_intent_confirm_params:PaymentIntentConfirmParams",
        confirm,
    ),
    Route("POST", _ONE + "/cancel", "_payment_intent_cancel_params:PaymentIntentCancelParams", cancel),
)
