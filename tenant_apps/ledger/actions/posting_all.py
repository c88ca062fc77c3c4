import json
from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from django.db import connection, transaction

from kernel.ids import public_id
from tenant_apps.ledger.actions.posting import accounts_of, booked_before
from tenant_apps.ledger.errors import CauseReused
from tenant_apps.ledger.models import Transfer
from tenant_apps.ledger.rules import Booking, check_postings, request_hash

AT_ONCE = 1000

# As in `posting`: the gate is read so that whoever closes the books waits, and what is dated in closed books
# is booked as soon after as they are open.
_INSERT_ENTRIES = """
    INSERT INTO ledger_entry
        (public_id, cause, request_hash, description, booked_at, effective_at, belongs_to)
    SELECT asked.public_id, asked.cause, asked.hash, asked.description, %(booked_at)s,
           GREATEST(asked.fact, closed.until),
           NULLIF(asked.fact, GREATEST(asked.fact, closed.until))
    FROM ROWS FROM (
        jsonb_to_recordset(%(asked)s::jsonb)
            AS (public_id text, cause text, hash text, description text, fact timestamptz)
    ) WITH ORDINALITY AS asked (public_id, cause, hash, description, fact, place)
    CROSS JOIN (SELECT max(until) AS until FROM ledger_booksclosed) closed
    CROSS JOIN (SELECT count(*) FROM ledger_booksgate) gate
    ORDER BY asked.place
    ON CONFLICT (cause) DO NOTHING RETURNING id, cause
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
    keys = _inserted(bookings, digests, at)
    for each in bookings:
        if each.cause not in keys:
            booked_before(each.cause, digests[each.cause], each.belongs_to)
    new = [each for each in bookings if each.cause in keys]
    accounts = accounts_of([posting for each in new for posting in each.transfers], at)
    Transfer.objects.bulk_create(
        Transfer(
            entry_id=keys[each.cause], position=position, debit=accounts[posting.debit.code, posting.currency],
            credit=accounts[posting.credit.code, posting.currency], amount_minor=posting.amount_minor,
            currency=posting.currency,
        )
        for each in new
        for position, posting in enumerate(each.transfers)
    )  # fmt: skip
    return len(new)


def _inserted(bookings: Sequence[Booking], digests: dict[str, str], at: datetime) -> dict[str, int]:
    """Return the new entries' keys by cause."""
    asked = [
        {
            "public_id": public_id("ent"), "cause": each.cause, "hash": digests[each.cause],
            "description": each.description[:200], "fact": each.belongs_to.isoformat(),
        }
        for each in bookings
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ENTRIES, {"booked_at": at, "asked": json.dumps(asked)})
        return {cause: key for key, cause in cursor.fetchall()}
