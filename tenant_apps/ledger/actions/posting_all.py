import json
from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from django.db import connection, transaction

from kernel.ids import public_id
from tenant_apps.ledger.actions.posting import booked_before, closed, open_accounts
from tenant_apps.ledger.errors import CauseReused
from tenant_apps.ledger.rules import Booking, check_postings, request_hash

AT_ONCE = 1000

# As in `posting`: the gate is read so that whoever closes the books waits, and what is dated in closed books
# is booked as soon after as they are open.
_BOOK = """
    WITH entry AS (
        INSERT INTO ledger_entry
            (public_id, cause, request_hash, description, booked_at, effective_at, belongs_to)
        SELECT asked.public_id, asked.cause, asked.hash, asked.description, %(booked_at)s,
               GREATEST(asked.fact, closed.until),
               NULLIF(asked.fact, GREATEST(asked.fact, closed.until))
        FROM ROWS FROM (
            jsonb_to_recordset(%(entries)s::jsonb)
                AS (public_id text, cause text, hash text, description text, fact timestamptz)
        ) WITH ORDINALITY AS asked (public_id, cause, hash, description, fact, place)
        CROSS JOIN (SELECT max(until) AS until FROM ledger_booksclosed) closed
        WHERE NOT EXISTS (SELECT FROM ledger_booksgate)
        ORDER BY asked.place
        ON CONFLICT (cause) DO NOTHING RETURNING id, cause
    ), written AS (
        INSERT INTO ledger_transfer (entry_id, position, debit_id, credit_id, amount_minor, currency)
        SELECT entry.id, asked.position,
               (SELECT id FROM ledger_account WHERE code = asked.debit AND currency = asked.currency),
               (SELECT id FROM ledger_account WHERE code = asked.credit AND currency = asked.currency),
               asked.amount_minor, asked.currency
        FROM jsonb_to_recordset(%(transfers)s::jsonb)
            AS asked (cause text, position smallint, debit text, credit text, amount_minor bigint, currency text)
        JOIN entry USING (cause)
        ORDER BY entry.id, asked.position
    )
    SELECT cause FROM entry
"""


@transaction.atomic
def post_all(*, bookings: Sequence[Booking], at: datetime) -> int:
    """Book many causes as `post` books one, in a few statements however many; return how many were new.

    All or none. What was booked before with the same content is passed over. Raises as `post` does.
    """
    new = 0
    for part in batched(bookings, AT_ONCE):
        new += _posted(part, at)
    return new


def _posted(bookings: Sequence[Booking], at: datetime) -> int:
    digests = {}
    for each in bookings:
        check_postings(each.cause, each.transfers)
        digests[each.cause] = request_hash(
            cause=each.cause, description=each.description[:200], transfers=each.transfers,
            happened_at=each.belongs_to, reverses=None,
        )  # fmt: skip
    if len(digests) < len(bookings):
        raise CauseReused("One cause is asked for twice at once.")
    open_accounts([posting for each in bookings for posting in each.transfers], at)
    new = _written(bookings, list(digests.values()), at)
    for each in bookings:
        if each.cause not in new and booked_before(each.cause, digests[each.cause]) is None:
            raise closed(each.cause, each.belongs_to)
    return len(new)


def _written(bookings: Sequence[Booking], digests: list[str], at: datetime) -> set[str]:
    """Write entries and transfers; return the causes that were new."""
    entries = [
        {
            "public_id": public_id("ent"), "cause": each.cause, "hash": digest,
            "description": each.description[:200], "fact": each.belongs_to.isoformat(),
        }
        for each, digest in zip(bookings, digests, strict=True)
    ]  # fmt: skip
    transfers = [
        {
            "cause": each.cause, "position": position, "debit": posting.debit.code, "credit": posting.credit.code,
            "amount_minor": posting.amount_minor, "currency": posting.currency,
        }
        for each in bookings
        for position, posting in enumerate(each.transfers)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, {"booked_at": at, "entries": json.dumps(entries), "transfers": json.dumps(transfers)})
        return {cause for (cause,) in cursor.fetchall()}
