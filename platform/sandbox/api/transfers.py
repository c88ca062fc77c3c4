"""Transfers to connected accounts: out of what is available, never more, and back by reversals."""

from __future__ import annotations

from .. import books
from ..calls import Call, Route, merged_metadata, names, only
from ..charging import move
from ..currencies import shown
from ..errors import ApiError, missing
from ..events import emit
from ..ids import new_id
from ..listing import page
from ..store import Json
from .balance import available

_EMBEDDED = 10
_SUPPORTED = names("amount currency description destination metadata transfer_group")


def create(call: Call, params: Json) -> Json:
    """Transfer available money to a connected account; it is there at once, or it is refused."""
    only(params, _SUPPORTED)
    currency, amount = params["currency"].lower(), params.get("amount", 0)
    if amount < 1:
        raise ApiError("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    destination = call.tx.find(call.account, params["destination"], "account")
    if destination is None:
        raise missing("destination", params["destination"], param="destination")
    if destination["capabilities"]["transfers"] != "active":
        raise ApiError(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers",
            code="insufficient_capabilities_for_transfer",
        )
    if amount > available(call).get(currency, 0):
        raise ApiError(
            f"You have insufficient available funds in your Stripe account for {shown(amount, currency)}.",
            code="balance_insufficient",
        )
    transfer = _transfer(call, params, amount, currency)
    moved = move(call, transfer, type_="transfer", amount=-amount, other=books.CONNECTED)
    transfer["balance_transaction"] = moved["id"]
    call.tx.insert(call.account, "transfer", transfer)
    emit(call, "transfer.created", transfer)
    return transfer


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return a transfer."""
    return call.tx.get(call.account, id_, "transfer")


def list_(call: Call, params: Json) -> Json:
    """List transfers, all or those of a destination or group."""
    filters = {name: params.get(name) for name in ("destination", "transfer_group")}
    return page(call, "transfer", "/v1/transfers", params, filters)


def reverse(call: Call, params: Json, id_: str) -> Json:
    """Take a transfer back, in full or in part; together never more than it was."""
    only(params, names("amount description metadata"))
    transfer = call.tx.get(call.account, id_, "transfer")
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = params.get("amount", left)
    if not 0 < amount <= left:
        raise ApiError(f"Of transfer {id_} {shown(left, transfer['currency'])} can be reversed.", param="amount")
    reversal = _reversal(call, transfer, amount, params)
    moved = move(call, reversal, type_="transfer_refund", amount=amount, other=books.CONNECTED, at_once=True)
    reversal["balance_transaction"] = moved["id"]
    before = {name: transfer[name] for name in ("amount_reversed", "reversed")}
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    call.tx.insert(call.account, "transfer_reversal", reversal)
    transfer["reversals"] = _newest(transfer["reversals"], reversal)
    call.tx.save(transfer)
    emit(call, "transfer.reversed", transfer, {name: old for name, old in before.items() if transfer[name] != old})
    return reversal


def list_reversals(call: Call, params: Json, id_: str) -> Json:
    """List all reversals of a transfer, newest first; the transfer itself names only the latest ten."""
    call.tx.get(call.account, id_, "transfer")
    return page(call, "transfer_reversal", f"/v1/transfers/{id_}/reversals", params, {"transfer": id_})


def _newest(known: Json, reversal: Json) -> Json:
    count = known["total_count"] + 1
    data = [reversal, *known["data"]][:_EMBEDDED]
    return known | {"data": data, "total_count": count, "has_more": count > len(data)}


def _transfer(call: Call, params: Json, amount: int, currency: str) -> Json:
    id_ = new_id("tr")
    return {
        "id": id_,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": call.now,
        "currency": currency,
        "description": params.get("description"),
        "destination": params["destination"],
        "destination_payment": new_id("py"),
        "livemode": False,
        "metadata": merged_metadata({}, params.get("metadata")),
        "reversals": {
            "object": "list", "data": [], "has_more": False, "total_count": 0, "url": f"/v1/transfers/{id_}/reversals",
        },
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": params.get("transfer_group"),
    }  # fmt: skip


def _reversal(call: Call, transfer: Json, amount: int, params: Json) -> Json:
    return {
        "id": new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": call.now,
        "currency": transfer["currency"],
        "destination_payment_refund": None,
        "metadata": merged_metadata({}, params.get("metadata")),
        "source_refund": None,
        "transfer": transfer["id"],
    }


_REVERSE = "_transfer_reversal_create_params:TransferReversalCreateParams"
_REVERSALS = "_transfer_reversal_list_params:TransferReversalListParams"
ROUTES = (
    Route("POST", "/v1/transfers", "_transfer_create_params:TransferCreateParams", create),
    Route("GET", "/v1/transfers", "_transfer_list_params:TransferListParams", list_),
    Route("GET", "/v1/transfers/<id_>", "_transfer_retrieve_params:TransferRetrieveParams", retrieve),
    Route("POST", "/v1/transfers/<id_>/reversals", _REVERSE, reverse),
    Route("GET", "/v1/transfers/<id_>/reversals", _REVERSALS, list_reversals),
)
