"""Customers."""

from __future__ import annotations

from ..calls import Call, Route, merged_metadata, only, visible
from ..errors import ApiError
from ..events import emit
from ..ids import new_id
from ..listing import page
from ..store import Json

_TEXTS = ("description", "email", "name", "phone")
_PLAIN = frozenset({*_TEXTS, "address", "preferred_locales", "shipping", "tax_exempt"})
_SUPPORTED = _PLAIN | {"metadata"}


def create(call: Call, params: Json) -> Json:
    """Create a customer."""
    only(params, _SUPPORTED)
    customer: Json = {
        "id": new_id("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "email": None,
        "invoice_prefix": new_id("cus")[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _apply(customer, params)
    call.tx.insert(call.account, "customer", customer)
    emit(call, "customer.created", customer)
    return customer


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return a customer; a deleted one answers as Stripe's stump."""
    customer = call.tx.get(call.account, id_, "customer")
    return _stump(id_) if customer.get("_deleted") else customer


def update(call: Call, params: Json, id_: str) -> Json:
    """Change a customer's own fields."""
    only(params, _SUPPORTED)
    customer = living(call, id_, param="id")
    before = visible(customer)
    before["metadata"] = dict(before["metadata"])
    _apply(customer, params)
    changed = {name: value for name, value in before.items() if customer[name] != value}
    call.tx.save(customer)
    if changed:
        emit(call, "customer.updated", customer, changed)
    return customer


def delete(call: Call, _params: Json, id_: str) -> Json:
    """Delete a customer for good; its payments stay."""
    customer = living(call, id_, param="id")
    emit(call, "customer.deleted", customer)
    call.tx.save(customer | {"_deleted": True})
    return _stump(id_)


def list_(call: Call, params: Json) -> Json:
    """List customers that are not deleted."""
    only(params, frozenset({"created", "email", "ending_before", "limit", "starting_after"}))
    filters = {"email": params.get("email")}
    return page(call, "customer", "/v1/customers", params, filters, hidden="_deleted")


def living(call: Call, id_: str, *, param: str = "customer") -> Json:
    """Return a customer that may still be used."""
    customer = call.tx.get(call.account, id_, "customer", param=param)
    if customer.get("_deleted"):
        raise ApiError(f"No such customer: '{id_}'", param=param, code="resource_missing")
    return customer


def checked_email(text: str, param: str) -> str:
    """Return the address if mail could reach it; raise Stripe's `email_invalid`."""
    local, at, host = text.rpartition("@")
    if not (local and at and host) or " " in text or len(text) > 512:
        raise ApiError(f"Invalid email address: {text}", param=param, code="email_invalid")
    return text


def _stump(id_: str) -> Json:
    return {"id": id_, "object": "customer", "deleted": True}


def _apply(customer: Json, params: Json) -> None:
    for name in _PLAIN & params.keys():
        customer[name] = params[name] if params[name] != "" else _EMPTY.get(name)
    if customer["email"] is not None:
        checked_email(customer["email"], "email")
    customer["metadata"] = merged_metadata(customer["metadata"], params.get("metadata"))


_EMPTY = {"preferred_locales": [], "tax_exempt": "none"}


ROUTES = (
    Route("POST", "/v1/customers", "_customer_create_params:CustomerCreateParams", create),
    Route("GET", "/v1/customers", "_customer_list_params:CustomerListParams", list_),
    Route("GET", "/v1/customers/<id_>", "_customer_retrieve_params:CustomerRetrieveParams", retrieve),
    Route("POST", "/v1/customers/<id_>", "_customer_update_params:CustomerUpdateParams", update),
    Route("DELETE", "/v1/customers/<id_>", "_customer_delete_params:CustomerDeleteParams", delete),
)
