"""Refunds: never more than the charge has left."""

from __future__ import annotations

from ..calls import Call, Route, merged_metadata, names, only
from ..charging import move
from ..currencies import shown
from ..disputing import disputed
from ..errors import ApiError, required
from ..events import emit
from ..ids import new_id
from ..listing import page
from ..store import Json

_SUPPORTED = names("amount charge currency metadata payment_intent reason")


def create(call: Call, params: Json) -> Json:
    """Refund a charge in full or in part.

    The check and the write share the writer's turn, and the table itself refuses a charge whose
    refunds exceed it: two at once cannot both take the rest.
    """
    only(params, _SUPPORTED)
    charge = _charge_of(call, params)
    if disputed(call, charge["id"]):
        raise ApiError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    amount = _amount(charge, params)
    refund = _refund(call, charge, amount, params)
    transaction = move(call, refund, type_="refund", amount=-amount)
    refund["balance_transaction"] = transaction["id"]
    call.tx.insert(call.account, "refund", refund)
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    call.tx.save(charge)
    emit(call, "refund.created", refund)
    changed = {name: old for name, old in before.items() if charge[name] != old}
    emit(call, "charge.refunded", charge, changed)
    return refund


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return a refund."""
    return call.tx.get(call.account, id_, "refund")


def update(call: Call, params: Json, id_: str) -> Json:
    """Change a refund's metadata, the only part that may change."""
    refund = call.tx.get(call.account, id_, "refund")
    before = refund["metadata"]
    refund["metadata"] = merged_metadata(before, params.get("metadata"))
    call.tx.save(refund)
    if refund["metadata"] != before:
        emit(call, "refund.updated", refund, {"metadata": before})
    return refund


def list_(call: Call, params: Json) -> Json:
    """List refunds, all or those of a charge or intent."""
    filters = {name: params.get(name) for name in ("charge", "payment_intent")}
    return page(call, "refund", "/v1/refunds", params, filters)


def _charge_of(call: Call, params: Json) -> Json:
    if "charge" in params:
        charge = call.tx.get(call.account, params["charge"], "charge", param="charge")
        if params.get("payment_intent", charge["payment_intent"]) != charge["payment_intent"]:
            raise ApiError("The charge does not belong to this payment_intent.", param="payment_intent")
        return _paid(charge)
    if "payment_intent" not in params:
        raise required("payment_intent")
    id_ = params["payment_intent"]
    intent = call.tx.get(call.account, id_, "payment_intent", param="payment_intent")
    if intent["status"] != "succeeded":
        raise ApiError(
            f"This PaymentIntent ({id_}) does not have a successful charge to refund.",
            param="payment_intent",
            code="payment_intent_unexpected_state",
        )
    return call.tx.get(call.account, intent["latest_charge"], "charge")


def _paid(charge: Json) -> Json:
    if not charge["paid"]:
        raise ApiError(
            f"Charge {charge['id']} cannot be refunded because it did not succeed.",
            param="charge",
        )
    return charge


def _amount(charge: Json, params: Json) -> int:
    currency = charge["currency"]
    if (params.get("currency") or currency).lower() != currency:
        raise ApiError("The currency differs from the charge's currency.", param="currency")
    left: int = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount: int = params.get("amount", left)
    if amount < 1:
        raise ApiError("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        whole = left == charge["amount_captured"]
        raise ApiError(
            f"Refund amount ({shown(amount, currency)}) is greater than "
            + ("charge amount" if whole else "unrefunded amount on charge")
            + f" ({shown(left, currency)})",
            param="amount",
        )
    return amount


def _refund(call: Call, charge: Json, amount: int, params: Json) -> Json:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {
            "card": {"reference_status": "pending", "type": "refund"},
            "type": "card",
        },
        "failure_balance_transaction": None,
        "metadata": merged_metadata({}, params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "pending_reason": None,
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


ROUTES = (
    Route("POST", "/v1/refunds", "_refund_create_params:RefundCreateParams", create),
    Route("GET", "/v1/refunds", "_refund_list_params:RefundListParams", list_),
    Route("GET", "/v1/refunds/<id_>", "_refund_retrieve_params:RefundRetrieveParams", retrieve),
    Route("POST", "/v1/refunds/<id_>", "_refund_update_params:RefundUpdateParams", update),
)
