from collections.abc import Sequence
from datetime import datetime
from time import monotonic, sleep
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max

from kernel.ids import public_id
from shared_apps.brands.entering import entered_brand
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import AccountKindDiffers, BooksBusy, CauseReused
from tenant_apps.ledger.models import Account, Entry, Seal, Transfer
from tenant_apps.ledger.proof import NO_HASH, head_of, leaves_of, sealable, sealed_row
from tenant_apps.ledger.rules import Posting, check_postings, merkle_root, request_hash, seal_hash

__all__ = ["Posting", "post", "seal_books"]

MOST_SEALED = 10_000

_INSERT_ENTRY = """
    INSERT INTO ledger_entry (public_id, cause, request_hash, description, reverses_id, booked_at, effective_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (cause) DO NOTHING RETURNING id
"""


@transaction.atomic
def post(
    *, cause: str, description: str, transfers: Sequence[Posting], effective_at: datetime, at: datetime,
    reverses: Entry | None = None,
) -> Entry:  # fmt: skip
    """Book the transfers of one cause, once; return the entry, the old one when it was booked before.

    Two writers of one cause meet at its unique key: the second waits for the first to commit, then
    finds its entry. Amounts are positive and in minor units. `effective_at` is when it happened,
    `at` when it is booked. Raises CauseReused (same cause, other content), InvalidPosting and
    AccountKindDiffers.
    """
    check_postings(cause, transfers)
    description = description[:200]
    digest = request_hash(
        cause=cause, description=description, transfers=transfers, effective_at=effective_at,
        reverses=reverses.cause if reverses else None,
    )  # fmt: skip
    entry = Entry(
        public_id=public_id("ent"), cause=cause, request_hash=digest, description=description, reverses=reverses,
        booked_at=at, effective_at=effective_at,
    )  # fmt: skip
    if not _inserted(entry):
        return _booked_before(cause, digest)
    accounts = _accounts(transfers, at)
    Transfer.objects.bulk_create(
        Transfer(
            entry=entry, position=position, debit=accounts[posting.debit.code, posting.currency],
            credit=accounts[posting.credit.code, posting.currency], amount_minor=posting.amount_minor,
            currency=posting.currency,
        )
        for position, posting in enumerate(transfers)
    )  # fmt: skip
    return entry


def seal_books(*, at: datetime, patience: float = 10.0) -> list[Seal]:
    """Seal what was booked since the last seal; return the new seals, none when there is nothing new.

    Up to a safe bound only: everything at or below it is committed or gone, and nothing can come there
    any more (see `_watermark`). An advisory lock makes simultaneous sealers follow each other. A seal takes
    at most MOST_SEALED entries, so its size and the memory of this are bounded. `patience` is in seconds.
    Raises BooksBusy.
    """
    bound = _watermark(patience)
    made: list[Seal] = []
    while (seal := _seal_next(bound, at)) is not None:
        made.append(seal)
    return made


def _inserted(entry: Entry) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_ENTRY,
            [
                entry.public_id, entry.cause, entry.request_hash, entry.description, entry.reverses_id,
                entry.booked_at, entry.effective_at,
            ],
        )  # fmt: skip
        row = cursor.fetchone()
    if row is not None:
        entry.pk, entry._state.adding, entry._state.db = row[0], False, connection.alias
    return row is not None


def _booked_before(cause: str, digest: str) -> Entry:
    entry = Entry.objects.get(cause=cause)
    if entry.request_hash != digest:
        raise CauseReused(f"{cause} is booked already with other content.", cause=cause, entry=entry.public_id)
    return entry


def _accounts(transfers: Sequence[Posting], at: datetime) -> dict[tuple[str, str], Account]:
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
            raise AccountKindDiffers(f"{account.code} is of kind {account.kind}.", code=account.code)
    return found


def _found(wanted: dict[tuple[str, str], AccountRef]) -> dict[tuple[str, str], Account]:
    codes, currencies = {code for code, _ in wanted}, {currency for _, currency in wanted}
    accounts = Account.objects.filter(code__in=codes, currency__in=currencies)
    return {(a.code, a.currency): a for a in accounts if (a.code, a.currency) in wanted}


@transaction.atomic
def _seal_next(bound: int, at: datetime) -> Seal | None:
    brand = entered_brand()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger.seal'), hashtext(%s))", [brand.schema_name])
    last = Seal.objects.defer("sealed_rows").order_by("-number").first()
    fresh = Entry.objects.filter(pk__gt=last.last_entry_id if last else 0, pk__lte=bound)
    rows = [sealed_row(entry) for entry in sealable(fresh)[:MOST_SEALED]]
    if not rows:
        return None
    seal = Seal(
        number=last.number + 1 if last else 1, day=at.astimezone(ZoneInfo(brand.timezone)).date(),
        first_entry_id=rows[0][0], last_entry_id=rows[-1][0], entries_count=len(rows),
        root=merkle_root(leaves_of(rows)), previous_hash=last.hash if last else NO_HASH, sealed_rows=rows, sealed_at=at,
    )  # fmt: skip
    seal.hash = seal_hash(head_of(seal))
    seal.save(force_insert=True)
    return seal


def _watermark(patience: float) -> int:
    """Return an entry id at or below which nothing is in flight.

    Ids are given before the commit, so the highest one seen says nothing of smaller ones. Whoever was given
    a smaller one has held the table's write lock since before that, and holds it until the end of their
    transaction: once all who held it *after* we read the highest id are done, every id up to it is decided.
    Writers who come later get higher ids, so nobody is made to wait but us. Raises BooksBusy.
    """
    bound = Entry.objects.aggregate(highest=Max("pk", default=0))["highest"]
    writing, deadline = _writers(), monotonic() + patience
    while writing:
        if monotonic() >= deadline:
            raise BooksBusy("Somebody is still booking; nothing was sealed. Try again.")
        sleep(0.05)
        writing &= _writers()
    return int(bound)


def _writers() -> set[str]:
    """Return the transactions, other than ours, that hold the write lock of the entries' table."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT virtualtransaction FROM pg_locks
            WHERE locktype = 'relation' AND relation = 'ledger_entry'::regclass AND mode = 'RowExclusiveLock'
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND granted AND pid <> pg_backend_pid()
            """
        )
        return {row[0] for row in cursor.fetchall()}
