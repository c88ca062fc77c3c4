from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from tenant_apps.ledger.models import BooksClosed, Entry, Seal, Transfer


def entry_by_ref(ref: str) -> Entry | None:
    """Return an entry by its public id."""
    return Entry.objects.filter(public_id=ref).first()


def entry_of_cause(cause: str) -> Entry | None:
    """Return the entry of this very cause."""
    return Entry.objects.filter(cause=cause).first()


def entries_of_cause_prefix(prefix: str) -> QuerySet[Entry]:
    """Return the entries whose cause begins so (`commission:com_…:`), oldest first, with their transfers."""
    return with_transfers(Entry.objects.filter(cause__startswith=prefix))


def entries_of_causes(causes: Iterable[str]) -> QuerySet[Entry]:
    """Return the entries of these causes, oldest first, with their transfers."""
    return with_transfers(Entry.objects.filter(cause__in=list(causes)))


def all_transfers() -> QuerySet[Transfer]:
    """Return every transfer with its entry and both accounts, in the order they were booked."""
    return Transfer.objects.select_related("entry", "debit", "credit").order_by("pk")


def reversed_so_far(entry: Entry) -> dict[int, int]:
    """Return how much of each transfer (by position) went back, less what came back by reversals of reversals."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE turned(id, sign) AS (
                SELECT id, 1 FROM ledger_entry WHERE reverses_id = %s
                UNION ALL SELECT e.id, -t.sign FROM ledger_entry e JOIN turned t ON e.reverses_id = t.id
            )
            SELECT r.position, sum(r.amount_minor * t.sign)::bigint
            FROM turned t JOIN ledger_transfer r ON r.entry_id = t.id GROUP BY r.position
            """,
            [entry.pk],
        )
        return dict(cursor.fetchall())


def last_closing() -> BooksClosed | None:
    """Return the closing that counts: the one that goes furthest."""
    return BooksClosed.objects.order_by("-until").first()


def open_since() -> datetime | None:
    """Return the first instant at which the books are open; None while none were closed."""
    last = last_closing()
    return last.until if last else None


def seals() -> QuerySet[Seal]:
    """Return the seals, newest first: the first is the head of the chain. Their rows are left in the database."""
    return Seal.objects.defer("sealed_rows").order_by("-number")


def with_transfers(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Return the entries oldest first with all that a booking says."""
    return (
        entries.select_related("reverses")
        .prefetch_related("transfers", "transfers__debit", "transfers__credit")
        .order_by("pk")
    )
