"""The account, its balance and the transactions that made it."""

from __future__ import annotations

from .. import books
from ..calls import Call, Route, names, only
from ..listing import page
from ..store import Json


def account(call: Call, _params: Json) -> Json:
    """Return who the key (or the Stripe-Account header) acts for."""
    return {
        "id": call.account,
        "object": "account",
        "business_profile": {"name": call.knobs.brand or None},
        "charges_enabled": True,
        "country": "DE",
        "created": 0,
        "default_currency": "eur",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": False,
        "type": "standard",
    }


def balance(call: Call, _params: Json) -> Json:
    """Return the money held, by currency, split by the day it becomes available."""
    held, free = books.balances(call.tx, call.account), available(call)
    return {
        "object": "balance",
        "available": [_line(free[code], code) for code in held],
        "livemode": False,
        "pending": [_line(held[code] - free[code], code) for code in held],
    }


def available(call: Call) -> dict[str, int]:
    """Return what may leave the account now, by currency."""
    waiting: dict[str, int] = dict(
        call.tx.sql.execute(
            "SELECT json_extract(body, '$.currency'), sum(json_extract(body, '$.net')) "
            "FROM objects WHERE account = ? AND kind = 'balance_transaction' "
            "AND json_extract(body, '$.available_on') > ? GROUP BY 1",
            (call.account, call.now),
        ).fetchall()
    )
    held = books.balances(call.tx, call.account)
    return {code: amount - waiting.get(code, 0) for code, amount in held.items()}


def retrieve(call: Call, _params: Json, id_: str) -> Json:
    """Return a balance transaction."""
    return call.tx.get(call.account, id_, "balance_transaction")


def list_(call: Call, params: Json) -> Json:
    """List balance transactions."""
    only(
        params,
        names("created currency ending_before limit source starting_after type"),
    )
    filters = {name: params.get(name) for name in ("currency", "source", "type")}
    return page(call, "balance_transaction", "/v1/balance_transactions", params, filters)


def _line(amount: int, currency: str) -> Json:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


_LIST = "_balance_transaction_list_params:BalanceTransactionListParams"
_ONE = "_balance_transaction_retrieve_params:BalanceTransactionRetrieveParams"
ROUTES = (
    Route("GET", "/v1/account", None, account),
    Route("GET", "/v1/balance", "_balance_retrieve_params:BalanceRetrieveParams", balance),
    Route("GET", "/v1/balance_transactions", _LIST, list_),
    Route("GET", "/v1/balance_transactions/<id_>", _ONE, retrieve),
)
