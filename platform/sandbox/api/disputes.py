"""Disputes are opened by banks; here they are read."""

from __future__ import annotations

from ..calls import Call, Route
from ..listing import page
from ..store import Json


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return a dispute."""
    return call.tx.get(call.account, id_, "dispute")


def list_(call: Call, params: Json) -> Json:
    """List disputes, all or those of a charge or intent."""
    filters = {name: params.get(name) for name in ("charge", "payment_intent")}
    return page(call, "dispute", "/v1/disputes", params, filters)


ROUTES = (
    Route("GET", "/v1/disputes", "_dispute_list_params:DisputeListParams", list_),
    Route("GET", "/v1/disputes/<id_>", "_dispute_retrieve_params:DisputeRetrieveParams", retrieve),
)
