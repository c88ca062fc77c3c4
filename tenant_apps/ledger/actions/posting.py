import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from kernel.ids import public_id
from kernel.sentences import sentence
from tenant_apps.ledger.errors import AccountKindDiffers, CauseReused, ClosedPeriod
from tenant_apps.ledger.models import Account, Entry
from tenant_apps.ledger.rules import Posting, check_postings, happened_at, request_hash

# The function of migration 0002: what a posting cost before was mostly the ways to the database and the making of
# plans, and the database keeps the plans of a function (decision 17). It writes all or nothing, and is told nothing
# that is not checked here.
_BOOK = """
    SELECT entry_id, entry_effective_at, entry_belongs_to FROM ledger_post(
        %s, %s, %s, %s, %s::bigint, %s, %s::timestamptz, %s,
        %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[]
    )
"""
_UNLIKE = """
    SELECT asked ->> 0, asked ->> 1, asked ->> 2, account.kind
    FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS listed (asked, place)
    LEFT JOIN ledger_account account ON account.code = asked ->> 0 AND account.currency = asked ->> 1
    WHERE account.kind IS DISTINCT FROM asked ->> 2 ORDER BY place
"""


def post(
    *, cause: str, description: str, transfers: Sequence[Posting], at: datetime, effective_at: datetime | None = None,
    belongs_to: datetime | None = None, reverses: Entry | None = None,
) -> Entry:  # fmt: skip
    """Book the transfers of one cause, once; return the entry, the old one when it was booked before.

    Two writers of one cause meet at its unique key: the second waits for the first to commit, then
    finds its entry. Amounts are positive and in minor units. `at` is when it is booked, `effective_at`
    the date in the books, which raises ClosedPeriod when these are closed. A fact that may come late
    gives `belongs_to`, the fact's own date, instead: it is booked then, or as soon after as the books are
    open, and keeps its date. Raises CauseReused (same cause, other content), InvalidPosting and
    AccountKindDiffers.
    """
    check_postings(cause, transfers)
    return booked(
        cause=cause, description=description, transfers=dict(enumerate(transfers)), at=at, effective_at=effective_at,
        belongs_to=belongs_to, reverses=reverses,
    )  # fmt: skip


@transaction.atomic
def booked(
    *, cause: str, description: str, transfers: Mapping[int, Posting], at: datetime, effective_at: datetime | None,
    belongs_to: datetime | None, reverses: Entry | None,
) -> Entry:  # fmt: skip
    """Book transfers at the positions given: a reversal keeps those of its original."""
    fact, description = happened_at(cause, effective_at, belongs_to), description[:200]
    transfers = dict(sorted(transfers.items()))
    postings = list(transfers.values())
    digest = request_hash(
        cause=cause, description=description, transfers=postings, happened_at=fact,
        reverses=reverses.cause if reverses else None,
    )  # fmt: skip
    entry = Entry(
        public_id=public_id("ent"), cause=cause, request_hash=digest, description=description, reverses=reverses,
        booked_at=at,
    )  # fmt: skip
    if _written(entry, transfers, effective_at, fact):
        return entry
    if (before := booked_before(cause, digest)) is not None:
        return before
    open_accounts(postings, at)
    if _written(entry, transfers, effective_at, fact):
        return entry
    if (before := booked_before(cause, digest)) is not None:
        return before
    raise closed(cause, fact)


def _written(entry: Entry, transfers: Mapping[int, Posting], effective_at: datetime | None, fact: datetime) -> bool:
    """Write entry and transfers; False when the cause is booked, the books are closed or an account is missing."""
    moved = list(transfers.values())
    asked = [
        entry.public_id, entry.cause, entry.request_hash, entry.description, entry.reverses_id, entry.booked_at,
        effective_at, fact,
        list(transfers), [each.debit.code for each in moved], [str(each.debit.kind) for each in moved],
        [each.credit.code for each in moved], [str(each.credit.kind) for each in moved],
        [each.amount_minor for each in moved], [each.currency for each in moved],
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, asked)
        pk, dated, belongs_to = cursor.fetchone()
    if pk is not None:
        entry.pk, entry.effective_at, entry.belongs_to = pk, dated, belongs_to
        entry._state.adding, entry._state.db = False, connection.alias
    return pk is not None


def booked_before(cause: str, digest: str) -> Entry | None:
    """Return the entry of this cause, if it is booked. Raises CauseReused when that has other content."""
    entry = Entry.objects.filter(cause=cause).first()
    if entry is not None and entry.request_hash != digest:
        told = sentence("%(cause)s is booked already with other content.", cause=cause)
        raise CauseReused(told, cause=cause, entry=entry.public_id)
    return entry


def closed(cause: str, fact: datetime) -> ClosedPeriod:
    """Return the refusal of a date at which the books are closed."""
    told = sentence("%(cause)s: the books are closed at %(at)s.", cause=cause, at=f"{fact:%Y-%m-%d %H:%M} UTC")
    return ClosedPeriod(told, cause=cause)


def open_accounts(postings: Iterable[Posting], at: datetime) -> None:
    """Open the accounts that are missing. Raises AccountKindDiffers when one is there as another kind."""
    # Sorted, so that two writers opening the same accounts take them in the same order.
    wanted = sorted(
        {(ref.code, each.currency, str(ref.kind)) for each in postings for ref in (each.debit, each.credit)}
    )
    missing = [
        Account(code=code, currency=currency, kind=kind, created_at=at)
        for code, currency, kind, found in _unlike(wanted)
        if found is None
    ]
    Account.objects.bulk_create(missing, ignore_conflicts=True)
    for code, _, _, found in _unlike(wanted):
        told = sentence("%(code)s is of kind %(kind)s.", code=code, kind=found)
        raise AccountKindDiffers(told, code=code)


def _unlike(wanted: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str, str | None]]:
    """Return the accounts that are not there as wanted: code, currency, kind, and the kind they are there as."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE, [json.dumps(wanted)])
        return list(cursor.fetchall())
