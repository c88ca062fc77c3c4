"""Lists: newest first, cursors, filters, as every Stripe list has them."""

from __future__ import annotations

import json
from typing import Any

from .calls import Call, visible
from .errors import ApiError, missing
from .store import Json

_CREATED = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(
    call: Call,
    kind: str,
    url: str,
    params: Json,
    filters: dict[str, Any] | None = None,
    *,
    hidden: str | None = None,
) -> Json:
    """Return one page of the account's objects of a kind.

    `filters` maps a JSON path below the object to the value that it must equal (a list: one of
    them); None is no filter; objects with a value at `hidden` are left out. `created`, `limit`,
    `starting_after` and `ending_before` come from the parameters.
    """
    limit = _limit(params)
    where, values = ["account = ?", "kind = ?"], [call.account, kind]
    for path, wanted in (filters or {}).items():
        if isinstance(wanted, list):
            where.append(f"json_extract(body, '$.{path}') IN ({', '.join('?' * len(wanted))})")
            values += wanted
        elif wanted is not None:
            where.append(f"json_extract(body, '$.{path}') = ?")
            values.append(wanted)
    if hidden is not None:
        where.append(f"json_extract(body, '$.{hidden}') IS NULL")
    _created(params.get("created"), where, values)
    backwards = _cursor(call, kind, params, where, values)
    rows = call.tx.sql.execute(
        f"SELECT body FROM objects WHERE {' AND '.join(where)} ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?",
        [*values, limit + 1],
    ).fetchall()
    bodies = [visible(json.loads(body)) for (body,) in rows[:limit]]
    if backwards:
        bodies.reverse()
    return {"object": "list", "data": bodies, "has_more": len(rows) > limit, "url": url}


def fixed(items: list[Json], url: str, params: Json) -> Json:
    """Return one page of a short list that lives inside another object, oldest first."""
    ids = [item["id"] for item in items]
    start = 0
    if after := params.get("starting_after"):
        if after not in ids:
            raise missing("item", after, param="starting_after")
        start = ids.index(after) + 1
    limit = _limit(params)
    rest = items[start:]
    return {"object": "list", "data": rest[:limit], "has_more": len(rest) > limit, "url": url}


def _limit(params: Json) -> int:
    limit: int = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise ApiError(
            "Invalid integer: limit must be between 1 and 100",
            param="limit",
            code="parameter_invalid_integer",
        )
    return limit


def _created(wanted: Any, where: list[str], values: list[Any]) -> None:
    if wanted is None:
        return
    ranges = {"gte": wanted, "lte": wanted} if isinstance(wanted, int) else wanted
    for name, value in ranges.items():
        where.append(f"created {_CREATED[name]} ?")
        values.append(value)


def _cursor(call: Call, kind: str, params: Json, where: list[str], values: list[Any]) -> bool:
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise ApiError(
            "You may only specify one of these parameters: starting_after, ending_before.",
            param="starting_after",
        )
    for name, id_, sign in (("starting_after", after, "<"), ("ending_before", before, ">")):
        if id_:
            row = call.tx.sql.execute(
                "SELECT seq FROM objects WHERE id = ? AND account = ? AND kind = ?",
                (id_, call.account, kind),
            ).fetchone()
            if row is None:
                raise missing(kind, id_, param=name)
            where.append(f"seq {sign} ?")
            values.append(row[0])
    return bool(before)
