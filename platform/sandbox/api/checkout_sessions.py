"""Checkout sessions, mode `payment`: created by the API, paid on the hosted page."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from ..calls import Call, Route, merged_metadata, names, only
from ..checkout import expire as expire_session
from ..checkout_basket import basket
from ..errors import ApiError, required, unsupported
from ..ids import new_id
from ..listing import fixed, page
from ..store import Json
from .customers import checked_email, living
from .webhook_endpoints import reachable

_SUPPORTED = names(
    """
    billing_address_collection branding_settings cancel_url client_reference_id currency customer
    customer_creation customer_email expires_at line_items locale metadata mode payment_intent_data
    payment_method_types submit_type success_url ui_mode
    """
)
_INTENT_DATA = names(
    """
    capture_method description metadata receipt_email statement_descriptor statement_descriptor_suffix
    transfer_group
    """
)
_BRANDING = frozenset({"button_color", "display_name"})
_DONE: dict[str, list[Any]] = {
    "billing_address_collection": ["auto"],
    "payment_method_types": [["card"]],
    "submit_type": ["auto", "pay"],
    "ui_mode": ["hosted_page"],
}
_DAY = 86_400


def create(call: Call, params: Json) -> Json:
    """Open a session and return it with the address of its hosted page."""
    only(params, _SUPPORTED)
    _check(params)
    currency, items = basket(call, params)
    total = sum(item["amount_total"] for item in items)
    id_ = new_id("cs_test")
    session = _blank(call, id_) | {
        "amount_subtotal": total,
        "amount_total": total,
        "branding_settings": params.get("branding_settings"),
        "currency": currency,
        "expires_at": _expiry(call, params),
        "metadata": merged_metadata({}, params.get("metadata")),
        "success_url": reachable(params["success_url"], "success_url"),
        "_line_items": items,
        "_intent": _intent_data(params),
        "_connected": call.connected,
    }
    if "cancel_url" in params:
        session["cancel_url"] = reachable(params["cancel_url"], "cancel_url")
    for name in ("client_reference_id", "locale", "submit_type", "billing_address_collection"):
        session[name] = params.get(name)
    _customer(call, session, params)
    return call.tx.insert(call.account, "checkout.session", session)


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return a session."""
    return call.tx.get(call.account, id_, "checkout.session")


def update(call: Call, params: Json, id_: str) -> Json:
    """Change a session's metadata."""
    only(params, frozenset({"metadata"}))
    session = call.tx.get(call.account, id_, "checkout.session")
    session["metadata"] = merged_metadata(session["metadata"], params.get("metadata"))
    return call.tx.save(session)


def expire(call: Call, _params: Json, id_: str) -> Json:
    """Close an open session before its time."""
    return expire_session(call, call.tx.get(call.account, id_, "checkout.session"))


def line_items(call: Call, params: Json, id_: str) -> Json:
    """List what a session sells."""
    session = call.tx.get(call.account, id_, "checkout.session")
    only(params, frozenset({"limit", "starting_after"}))
    return fixed(session["_line_items"], f"/v1/checkout/sessions/{id_}/line_items", params)


def list_(call: Call, params: Json) -> Json:
    """List sessions."""
    only(
        params,
        names(
            """
    created customer customer_details ending_before limit payment_intent starting_after status
    """
        ),
    )
    filters = {name: params.get(name) for name in ("customer", "payment_intent", "status")}
    filters["customer_details.email"] = params.get("customer_details", {}).get("email")
    return page(call, "checkout.session", "/v1/checkout/sessions", params, filters)


def _check(params: Json) -> None:
    for name in ("mode", "success_url", "line_items"):
        if not params.get(name):
            raise required(name)
    if params["mode"] != "payment":
        raise ApiError(
            f"The local sandbox implements mode=payment only, not {params['mode']}.",
            param="mode",
            code="sandbox_unsupported",
        )
    for name, done in _DONE.items():
        if name in params and params[name] not in done:
            raise unsupported(name)
    if "customer_email" in params:
        checked_email(params["customer_email"], "customer_email")
    if "customer" in params and "customer_email" in params:
        raise ApiError(
            "You may only specify one of these parameters: customer, customer_email.",
            param="customer",
        )
    if len(params.get("client_reference_id", "")) > 200:
        raise ApiError("client_reference_id can have up to 200 characters.", param="client_reference_id")
    only(params.get("branding_settings", {}), _BRANDING, inside="branding_settings")


def _intent_data(params: Json) -> Json:
    data = dict(params.get("payment_intent_data", {}))
    only(data, _INTENT_DATA, inside="payment_intent_data")
    if data.pop("capture_method", "automatic") == "manual":
        raise unsupported("payment_intent_data[capture_method]")
    data["metadata"] = merged_metadata({}, data.get("metadata"), param="payment_intent_data[metadata]")
    return data


def _expiry(call: Call, params: Json) -> int:
    at: int = params.get("expires_at", call.now + _DAY)
    earliest = call.now + call.knobs.session_min_seconds
    # A minute of grace either way: the caller's clock is not ours.
    if not earliest - min(60, call.knobs.session_min_seconds) <= at <= call.now + _DAY + 60:
        raise ApiError(
            "The `expires_at` timestamp must be between "
            f"{call.knobs.session_min_seconds // 60} minutes and 24 hours from Checkout Session "
            "creation.",
            param="expires_at",
        )
    return at


def _customer(call: Call, session: Json, params: Json) -> None:
    session["customer_creation"] = params.get("customer_creation", "if_required")
    email, name = params.get("customer_email"), None
    if "customer" in params:
        customer = living(call, params["customer"])
        session |= {"customer": customer["id"], "customer_creation": None}
        email, name = customer["email"], customer["name"]
    session["customer_email"] = params.get("customer_email")
    if email:
        session["customer_details"] = {
            "address": None,
            "business_name": None,
            "email": email,
            "individual_name": None,
            "name": name,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": None,
        }


def _blank(call: Call, id_: str) -> Json:
    url = f"{call.base_url}/c/pay/{id_}"
    return {"id": id_, **deepcopy(_BLANK), "created": call.now, "url": url}


_BLANK: Json = {
    "object": "checkout.session",
    "adaptive_pricing": {"enabled": False},
    "after_expiration": None,
    "allow_promotion_codes": None,
    "amount_subtotal": None,
    "amount_total": None,
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "billing_address_collection": None,
    "cancel_url": None,
    "client_reference_id": None,
    "client_secret": None,
    "consent": None,
    "consent_collection": None,
    "currency": None,
    "currency_conversion": None,
    "custom_fields": [],
    "custom_text": {
        "after_submit": None,
        "shipping_address": None,
        "submit": None,
        "terms_of_service_acceptance": None,
    },
    "customer": None,
    "customer_creation": None,
    "customer_details": None,
    "customer_email": None,
    "discounts": [],
    "expires_at": None,
    "invoice": None,
    "invoice_creation": None,
    "livemode": False,
    "locale": None,
    "metadata": {},
    "mode": "payment",
    "origin_context": None,
    "payment_intent": None,
    "payment_link": None,
    "payment_method_collection": None,
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "payment_method_types": ["card"],
    "payment_status": "unpaid",
    "phone_number_collection": {"enabled": False},
    "recovered_from": None,
    "redirect_on_completion": None,
    "saved_payment_method_options": None,
    "setup_intent": None,
    "shipping_address_collection": None,
    "shipping_cost": None,
    "shipping_options": [],
    "status": "open",
    "submit_type": None,
    "subscription": None,
    "success_url": None,
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "ui_mode": "hosted_page",
    "wallet_options": None,
}


_P = "checkout."
_BASE = "/v1/checkout/sessions"
_ONE = _BASE + "/<id_>"
ROUTES = (
    Route("POST", _BASE, _P + "_session_create_params:SessionCreateParams", create),
    Route("GET", _BASE, _P + "_session_list_params:SessionListParams", list_),
    Route("GET", _ONE, _P + "_session_retrieve_params:SessionRetrieveParams", retrieve),
    Route("POST", _ONE, _P + "_session_update_params:SessionUpdateParams", update),
    Route("POST", _ONE + "/expire", _P + "_session_expire_params:SessionExpireParams", expire),
    Route(
        "GET",
        _ONE + "/line_items",
        _P + "_session_line_item_list_params:SessionLineItemListParams",
        line_items,
    ),
)
