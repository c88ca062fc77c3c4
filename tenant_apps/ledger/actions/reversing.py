from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from django.db import connection, transaction

from kernel.rates import round_half_away
from kernel.sentences import sentence
from shared_apps.brands.entering import entered_brand
from tenant_apps.ledger.actions.posting import booked
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import CauseReused, InvalidPosting, ReversalExceedsOriginal
from tenant_apps.ledger.models import Entry, Transfer
from tenant_apps.ledger.queries import account_ref, entry_of_cause, reversed_so_far
from tenant_apps.ledger.rules import Posting, check_postings, reversal_parts


@transaction.atomic
def reverse(
    *, entry: Entry, cause: str, description: str, at: datetime, amount_minor: int | None = None,
    up_to: Fraction | None = None, moved: Mapping[AccountRef, AccountRef] | None = None,
    effective_at: datetime | None = None, belongs_to: datetime | None = None,
) -> Entry:  # fmt: skip
    """Turn an entry round, wholly or in part, by a new entry that points at it.

    `amount_minor` is how much of the entry's total goes back now, `up_to` which share of it is to have gone
    back in all; without either, everything that is left. It falls on the transfers by cumulative rounding,
    so any series of parts that reaches the whole gives back exactly what was booked. `moved` names the
    account where money of one of the entry's accounts is by now. Of one entry no more goes back than was
    booked, transfer by transfer; what was reversed comes back by reversing the reversal, and goes again by
    reversing the original. Simultaneous reversals follow each other. The same cause brings the same
    reversal. Raises ReversalExceedsOriginal, CauseReused, InvalidPosting, and what `post` raises of dates.
    """
    if entry.reverses is not None and entry.reverses.reverses_id is not None:
        told = sentence(
            "%(cause)s: %(undone)s undoes a reversal; to take that back, reverse the original.",
            cause=cause, undone=entry.cause,
        )  # fmt: skip
        raise InvalidPosting(told)
    _wait_for_other_reversals(entry)
    before = entry_of_cause(cause)
    if before is not None:
        return _same(before, entry, amount_minor)
    transfers = list(Transfer.objects.filter(entry=entry).select_related("debit", "credit").order_by("position"))
    booked_minor = {transfer.position: transfer.amount_minor for transfer in transfers}
    gone = reversed_so_far(entry)
    gone = {position: gone.get(position, 0) for position in booked_minor}
    total, left = sum(booked_minor.values()), sum(booked_minor.values()) - sum(gone.values())
    if up_to is not None:
        amount_minor = round_half_away(total * up_to) - sum(gone.values())
    if amount_minor is not None and len({transfer.currency for transfer in transfers}) > 1:
        told = sentence(
            "%(cause)s: %(undone)s is in several currencies; it can only go back wholly.",
            cause=cause, undone=entry.cause,
        )  # fmt: skip
        raise InvalidPosting(told)
    wanted = left if amount_minor is None else amount_minor
    if wanted < 1:
        told = sentence(
            "%(cause)s: %(wanted)s of %(undone)s is nothing to turn round.",
            cause=cause, wanted=wanted, undone=entry.cause,
        )  # fmt: skip
        raise InvalidPosting(told, cause=cause)
    if wanted > left:
        told = sentence(
            "%(wanted)s of %(undone)s would go back, %(left)s is left.", wanted=wanted, undone=entry.cause, left=left
        )
        raise ReversalExceedsOriginal(told, left_minor=left)
    parts = reversal_parts(wanted, booked=booked_minor, gone=gone)
    postings = {t.position: _turned(t, parts[t.position], moved or {}) for t in transfers if parts[t.position]}
    check_postings(cause, list(postings.values()))
    return booked(
        cause=cause, description=description, transfers=postings, at=at, effective_at=effective_at,
        belongs_to=belongs_to, reverses=entry,
    )  # fmt: skip


def _turned(transfer: Transfer, amount_minor: int, moved: Mapping[AccountRef, AccountRef]) -> Posting:
    debit, credit = account_ref(transfer.debit), account_ref(transfer.credit)
    return Posting(moved.get(credit, credit), moved.get(debit, debit), amount_minor, transfer.currency)


def _same(before: Entry, entry: Entry, amount_minor: int | None) -> Entry:
    sums = (None, sum(before.transfers.values_list("amount_minor", flat=True)))
    if before.reverses_id != entry.pk or amount_minor not in sums:
        told = sentence("%(cause)s is booked already with other content.", cause=before.cause)
        raise CauseReused(told, cause=before.cause)
    return before


def _wait_for_other_reversals(entry: Entry) -> None:
    """Take the one lock under which this entry is reversed: its row is for ever, so it cannot be locked itself."""
    key = f"ledger.reverse:{entered_brand().schema_name}:{entry.pk}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
