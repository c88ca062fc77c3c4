"""Connected accounts: whom an account may transfer money to. Their owners' own side is not told here."""

from __future__ import annotations

from ..calls import Call, Route, merged_metadata, names, only
from ..events import emit
from ..ids import new_id
from ..listing import page
from ..store import Json

_SUPPORTED = names("capabilities country email metadata type")


def create(call: Call, params: Json) -> Json:
    """Connect an account that may take transfers at once: nobody is asked for papers here."""
    only(params, _SUPPORTED)
    account: Json = {
        "id": new_id("acct"),
        "object": "account",
        "capabilities": {"transfers": "active"},
        "charges_enabled": False,
        "country": params.get("country", "DE"),
        "created": call.now,
        "details_submitted": True,
        "email": params.get("email"),
        "metadata": merged_metadata({}, params.get("metadata")),
        "payouts_enabled": True,
        "type": params.get("type", "express"),
    }
    call.tx.insert(call.account, "account", account)
    emit(call, "account.updated", account)
    return account


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return a connected account."""
    return call.tx.get(call.account, id_, "account")


def list_(call: Call, params: Json) -> Json:
    """List connected accounts."""
    return page(call, "account", "/v1/accounts", params)


def restrict(call: Call, account: Json) -> Json:
    """Take the right to transfers away, as Stripe does while papers are missing."""
    before = {"capabilities": dict(account["capabilities"])}
    account["capabilities"] = {"transfers": "inactive"}
    call.tx.save(account)
    emit(call, "account.updated", account, before)
    return account


ROUTES = (
    Route("POST", "/v1/accounts", "_account_create_params:AccountCreateParams", create),
    Route("GET", "/v1/accounts", "_account_list_params:AccountListParams", list_),
    Route("GET", "/v1/accounts/<id_>", "_account_retrieve_params:AccountRetrieveParams", retrieve),
)
