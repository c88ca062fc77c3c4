"""Charges are made by intents; here they are read."""

from __future__ import annotations

from ..calls import Call, Route, only
from ..listing import page
from ..store import Json


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return a charge."""
    return call.tx.get(call.account, id_, "charge")


def list_(call: Call, params: Json) -> Json:
    """List charges."""
    filters = {name: params.get(name) for name in ("customer", "payment_intent", "transfer_group")}
    return page(call, "charge", "/v1/charges", params, filters)


def refunds(call: Call, params: Json, id_: str) -> Json:
    """List a charge's refunds."""
    only(params, frozenset(["ending_before", "limit", "starting_after"]))
    call.tx.get(call.account, id_, "charge")
    return page(call, "refund", f"/v1/charges/{id_}/refunds", params, {"charge": id_})


ROUTES = (
    Route("GET", "/v1/charges", "_charge_list_params:ChargeListParams", list_),
    Route("GET", "/v1/charges/<id_>", "_charge_retrieve_params:ChargeRetrieveParams", retrieve),
    Route(
        "GET",
        "/v1/charges/<id_>/refunds",
        "_charge_list_refunds_params:ChargeListRefundsParams",
        refunds,
    ),
)
