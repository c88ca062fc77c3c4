from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from kernel.ids import public_id
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import AccountKindDiffers, CauseReused
from tenant_apps.ledger.models import Account, Entry, Transfer
from tenant_apps.ledger.rules import Posting, check_postings, request_hash

__all__ = ["Posting", "post"]

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
