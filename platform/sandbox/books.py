"""The sandbox's own double entry: money only ever moves between its books."""

from __future__ import annotations

from typing import Any

from .store import Json, Tx

CARDS = "cards"  # what the world's cards hold; the other side of every charge
BALANCE = "balance"  # what the account has here
FEES = "fees"  # what the provider kept
CONNECTED = "connected"  # what was transferred to connected accounts


def post(tx: Tx, account: str, cause: str, currency: str, amounts: dict[str, int]) -> None:
    """Book one movement; `amounts` maps book to signed minor units and must sum to zero."""
    if sum(amounts.values()) != 0:
        raise AssertionError(f"{cause} does not balance: {amounts}")
    tx.sql.executemany(
        "INSERT INTO postings (account, cause, book, currency, amount) VALUES (?, ?, ?, ?, ?)",
        [(account, cause, book, currency, amount) for book, amount in amounts.items() if amount],
    )


def balances(tx: Tx, account: str) -> dict[str, int]:
    """Return the account's balance per currency."""
    return dict(
        tx.sql.execute(
            "SELECT currency, sum(amount) FROM postings WHERE account = ? AND book = ? "
            "GROUP BY currency ORDER BY currency",
            (account, BALANCE),
        ).fetchall()
    )


def verdict(tx: Tx) -> dict[str, Any]:
    """Check the books against themselves and against the objects; list every disagreement."""
    sums: Json = dict(tx.sql.execute("SELECT currency, sum(amount) FROM postings GROUP BY currency").fetchall())
    problems = [f"{currency} sums to {total}" for currency, total in sums.items() if total]
    for query, sentence in _CHECKS:
        problems += [sentence.format(*row) for row in tx.sql.execute(query).fetchall()]
    return {"balanced": not problems, "sums": sums, "problems": problems}


_CHECKS = (
    (
        "SELECT cause, sum(amount) FROM postings GROUP BY cause HAVING sum(amount) <> 0",
        "{0} is off by {1}",
    ),
    (
        """SELECT o.id, json_extract(o.body, '$.net'), coalesce(sum(p.amount), 0)
           FROM objects o LEFT JOIN postings p ON p.cause = o.id AND p.book = 'balance'
           WHERE o.kind = 'balance_transaction' GROUP BY o.id
           HAVING json_extract(o.body, '$.net') <> coalesce(sum(p.amount), 0)""",
        "{0} says net {1}, its postings say {2}",
    ),
    (
        """SELECT t.account, json_extract(t.body, '$.currency') AS currency,
                  sum(json_extract(t.body, '$.amount') - json_extract(t.body, '$.amount_reversed')) AS sent,
                  (SELECT coalesce(sum(p.amount), 0) FROM postings p WHERE p.account = t.account
                   AND p.book = 'connected' AND p.currency = json_extract(t.body, '$.currency')) AS booked
           FROM objects t WHERE t.kind = 'transfer' GROUP BY 1, 2 HAVING sent <> booked""",
        "{0} transferred {2} {1}, its postings say {3}",
    ),
    (
        """SELECT c.id, json_extract(c.body, '$.amount_refunded'),
                  coalesce(sum(json_extract(r.body, '$.amount')), 0) AS refunds
           FROM objects c LEFT JOIN objects r ON r.kind = 'refund'
                AND json_extract(r.body, '$.charge') = c.id
                AND json_extract(r.body, '$.status') IN ('succeeded', 'pending')
           WHERE c.kind = 'charge' GROUP BY c.id
           HAVING json_extract(c.body, '$.amount_refunded') <> refunds""",
        "{0} says {1} refunded, its refunds say {2}",
    ),
)
