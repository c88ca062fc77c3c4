"""Events as the API shows them."""

from __future__ import annotations

from typing import Any

from ..calls import Call, Route, names, only
from ..errors import ApiError
from ..listing import page
from ..store import Json

_SUPPORTED = names("created ending_before limit starting_after type types")


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return an event with the number of deliveries still owed."""
    return _counted(call, call.tx.get(call.account, id_, "event"))


def list_(call: Call, params: Json) -> Json:
    """List events, newest first."""
    only(params, _SUPPORTED)
    if "type" in params and "types" in params:
        raise ApiError("You may only specify one of these parameters: type, types.", param="types")
    wanted: Any = params.get("types") or params.get("type")
    found = page(call, "event", "/v1/events", params, {"type": wanted})
    return found | {"data": [_counted(call, event) for event in found["data"]]}


def _counted(call: Call, event: Json) -> Json:
    (waiting,) = call.tx.sql.execute(
        "SELECT count(DISTINCT endpoint) FROM deliveries WHERE event = ? AND state = 'pending'",
        (event["id"],),
    ).fetchone()
    return event | {"pending_webhooks": waiting}


ROUTES = (
    Route("GET", "/v1/events", "_event_list_params:EventListParams", list_),
    Route("GET", "/v1/events/<id_>", "_event_retrieve_params:EventRetrieveParams", retrieve),
)
