from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from kernel.ids import public_id
from kernel.sentences import sentence
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import AccountKindDiffers, CauseReused, ClosedPeriod
from tenant_apps.ledger.models import Account, Entry, Transfer
from tenant_apps.ledger.rules import Posting, check_postings, happened_at, request_hash

# Reading the gate makes who books wait while somebody closes, and see the closing then: a statement takes
# its locks before it takes its picture of the data. No other lock is needed, and none is waited for else.
_INSERT_ENTRY = """
    INSERT INTO ledger_entry
        (public_id, cause, request_hash, description, reverses_id, booked_at, effective_at, belongs_to)
    SELECT %(public_id)s, %(cause)s, %(hash)s, %(description)s, %(reverses)s::bigint, %(booked_at)s,
           dated.at, NULLIF(%(fact)s::timestamptz, dated.at)
    FROM (SELECT max(until) AS until FROM ledger_booksclosed) closed
    CROSS JOIN (SELECT count(*) FROM ledger_booksgate) gate
    CROSS JOIN LATERAL
        (SELECT COALESCE(%(effective_at)s::timestamptz, GREATEST(%(fact)s::timestamptz, closed.until)) AS at) dated
    WHERE closed.until IS NULL OR dated.at >= closed.until
    ON CONFLICT (cause) DO NOTHING RETURNING id, effective_at, belongs_to
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
    postings = [transfers[position] for position in sorted(transfers)]
    digest = request_hash(
        cause=cause, description=description, transfers=postings, happened_at=fact,
        reverses=reverses.cause if reverses else None,
    )  # fmt: skip
    entry = Entry(
        public_id=public_id("ent"), cause=cause, request_hash=digest, description=description, reverses=reverses,
        booked_at=at,
    )  # fmt: skip
    if not _inserted(entry, effective_at, fact):
        return booked_before(cause, digest, fact)
    accounts = accounts_of(postings, at)
    Transfer.objects.bulk_create(
        Transfer(
            entry=entry, position=position, debit=accounts[posting.debit.code, posting.currency],
            credit=accounts[posting.credit.code, posting.currency], amount_minor=posting.amount_minor,
            currency=posting.currency,
        )
        for position, posting in sorted(transfers.items())
    )  # fmt: skip
    return entry


def _inserted(entry: Entry, effective_at: datetime | None, fact: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_ENTRY,
            {
                "public_id": entry.public_id, "cause": entry.cause, "hash": entry.request_hash,
                "description": entry.description, "reverses": entry.reverses_id, "booked_at": entry.booked_at,
                "effective_at": effective_at, "fact": fact,
            },
        )  # fmt: skip
        row = cursor.fetchone()
    if row is not None:
        entry.pk, entry.effective_at, entry.belongs_to = row
        entry._state.adding, entry._state.db = False, connection.alias
    return row is not None


def booked_before(cause: str, digest: str, fact: datetime) -> Entry:
    """Return the entry of this cause; without one, the books are closed at its date."""
    entry = Entry.objects.filter(cause=cause).first()
    if entry is None:
        told = sentence("%(cause)s: the books are closed at %(at)s.", cause=cause, at=f"{fact:%Y-%m-%d %H:%M} UTC")
        raise ClosedPeriod(told, cause=cause)
    if entry.request_hash != digest:
        told = sentence("%(cause)s is booked already with other content.", cause=cause)
        raise CauseReused(told, cause=cause, entry=entry.public_id)
    return entry


def accounts_of(transfers: Sequence[Posting], at: datetime) -> dict[tuple[str, str], Account]:
    """Return the accounts by code and currency, opening those that are missing."""
    wanted: dict[tuple[str, str], AccountRef] = {}
    for posting in transfers:
        wanted[posting.debit.code, posting.currency] = posting.debit
        wanted[posting.credit.code, posting.currency] = posting.credit
    found = _found(wanted)
    # Sorted, so that two writers opening the same accounts take them in the same order.
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        opened = [
            Account(code=code, kind=wanted[code, currency].kind, currency=currency, created_at=at)
            for code, currency in missing
        ]
        Account.objects.bulk_create(opened, ignore_conflicts=True)
        found = _found(wanted)
    for key, account in found.items():
        if account.kind != wanted[key].kind:
            told = sentence("%(code)s is of kind %(kind)s.", code=account.code, kind=account.kind)
            raise AccountKindDiffers(told, code=account.code)
    return found


def _found(wanted: dict[tuple[str, str], AccountRef]) -> dict[tuple[str, str], Account]:
    codes, currencies = {code for code, _ in wanted}, {currency for _, currency in wanted}
    accounts = Account.objects.filter(code__in=codes, currency__in=currencies)
    return {(a.code, a.currency): a for a in accounts if (a.code, a.currency) in wanted}
