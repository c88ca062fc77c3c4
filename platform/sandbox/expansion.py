"""`expand[]`: an id in the answer becomes the object it names."""

from __future__ import annotations

from typing import Any

from . import listing
from .calls import Call, visible
from .errors import ApiError
from .store import Json

MAX_DEPTH = 4


def expanded(call: Call, body: Json, paths: list[str]) -> Json:
    """Return the answer with each dotted path expanded; `data.` reaches into a list."""
    for at, path in enumerate(paths):
        parts = path.split(".")
        if len(parts) - (parts[0] == "data") > MAX_DEPTH:
            raise ApiError(
                f"You cannot expand more than {MAX_DEPTH} levels of a property ({path}).",
                param=f"expand[{at}]",
            )
        _walk(call, body, parts, path)
    return body


def _walk(call: Call, node: Any, parts: list[str], path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _walk(call, item, parts, path)
        return
    if not parts or node is None:
        return
    name, rest = parts[0], parts[1:]
    if not isinstance(node, dict) or (name not in node and not _attach(call, node, name)):
        raise ApiError(f"This property cannot be expanded ({path}).", param="expand")
    value = node[name]
    if isinstance(value, str):
        found = call.tx.find(call.account, value)
        if found is None:
            raise ApiError(f"This property cannot be expanded ({path}).", param="expand")
        value = node[name] = visible(found)
    if isinstance(value, dict) and value.get("object") == "list" and rest[:1] != ["data"]:
        value = value["data"]
    _walk(call, value, rest, path)


def _attach(call: Call, node: Json, name: str) -> bool:
    """Put in the lists that Stripe leaves out unless they are asked for."""
    if node.get("object") == "checkout.session" and name == "line_items":
        stored = call.tx.get(call.account, node["id"], "checkout.session")
        url = f"/v1/checkout/sessions/{node['id']}/line_items"
        node[name] = listing.fixed(stored["_line_items"], url, {})
        return True
    if node.get("object") == "charge" and name == "refunds":
        url = f"/v1/charges/{node['id']}/refunds"
        node[name] = listing.page(call, "refund", url, {}, {"charge": node["id"]})
        return True
    return False
