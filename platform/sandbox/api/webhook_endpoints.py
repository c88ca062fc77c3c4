"""Webhook endpoints: who is told."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..calls import Call, Route, merged_metadata, only, visible
from ..errors import ApiError
from ..ids import new_id
from ..listing import page
from ..store import EVERY_ACCOUNT, Json, Tx

_CREATE = frozenset(["api_version", "description", "enabled_events", "metadata", "url"])


def create(call: Call, params: Json) -> Json:
    """Register an endpoint; only this answer holds the signing secret."""
    only(params, _CREATE)
    endpoint = _endpoint(params["url"], params["enabled_events"], new_id("whsec"), call.now)
    endpoint |= {
        "api_version": params.get("api_version"),
        "description": params.get("description") or None,
        "metadata": merged_metadata({}, params.get("metadata")),
    }
    call.tx.insert(call.account, "webhook_endpoint", endpoint)
    return endpoint | {"secret": endpoint["_secret"]}


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return an endpoint without its secret."""
    return call.tx.get(call.account, id_, "webhook_endpoint")


def update(call: Call, params: Json, id_: str) -> Json:
    """Change an endpoint, or switch it off and on with `disabled`."""
    endpoint = call.tx.get(call.account, id_, "webhook_endpoint")
    if "url" in params:
        endpoint["url"] = reachable(params["url"])
    if "enabled_events" in params:
        endpoint["enabled_events"] = params["enabled_events"]
    if "description" in params:
        endpoint["description"] = params["description"] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = merged_metadata(endpoint["metadata"], params.get("metadata"))
    return call.tx.save(endpoint)


def delete(call: Call, _params: Json, id_: str) -> Json:
    """Remove an endpoint; what it was still owed is dropped."""
    call.tx.get(call.account, id_, "webhook_endpoint")
    call.tx.delete(id_)
    call.tx.sql.execute(
        "UPDATE deliveries SET state = 'given_up', last_error = 'endpoint deleted' "
        "WHERE endpoint = ? AND state = 'pending'",
        (id_,),
    )
    return {"id": id_, "object": "webhook_endpoint", "deleted": True}


def list_(call: Call, params: Json) -> Json:
    """List endpoints."""
    return page(call, "webhook_endpoint", "/v1/webhook_endpoints", params)


def register(tx: Tx, url: str, secret: str, now: int) -> Json:
    """Register an endpoint from the command line for every account, once per URL."""
    row = tx.sql.execute(
        "SELECT id FROM objects WHERE kind = 'webhook_endpoint' AND account = ? AND json_extract(body, '$.url') = ?",
        (EVERY_ACCOUNT, url),
    ).fetchone()
    if row is not None:
        endpoint = tx.get(EVERY_ACCOUNT, row[0], "webhook_endpoint")
        return visible(tx.save(endpoint | {"_secret": secret}))
    return tx.insert(EVERY_ACCOUNT, "webhook_endpoint", _endpoint(url, ["*"], secret, now))


def reachable(url: str, param: str = "url") -> str:
    """Return the address if a browser or a webhook can go there; raise Stripe's `url_invalid`."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address, a port that is no number
        good = False
    if not good or len(url) > 5000 or not url.isprintable() or " " in url:
        raise ApiError(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            param=param,
            code="url_invalid",
        )
    return url


def _endpoint(url: str, enabled_events: list[str], secret: str, now: int) -> Json:
    return {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": now,
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": reachable(url),
        "_secret": secret,
    }


_BASE = "/v1/webhook_endpoints"
_ONE = _BASE + "/<id_>"
ROUTES = (
    Route("POST", _BASE, "_webhook_endpoint_create_params:WebhookEndpointCreateParams", create),
    Route("GET", _BASE, "_webhook_endpoint_list_params:WebhookEndpointListParams", list_),
    Route("GET", _ONE, "_webhook_endpoint_retrieve_params:WebhookEndpointRetrieveParams", retrieve),
    Route("POST", _ONE, "_webhook_endpoint_update_params:WebhookEndpointUpdateParams", update),
    Route("DELETE", _ONE, "_webhook_endpoint_delete_params:WebhookEndpointDeleteParams", delete),
)
