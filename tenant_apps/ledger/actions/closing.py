from datetime import datetime

from django.db import OperationalError, connection, transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from tenant_apps.ledger.errors import BooksBusy, PeriodRuns
from tenant_apps.ledger.models import BooksClosed
from tenant_apps.ledger.queries import last_closing


@transaction.atomic
def close_books(*, until: datetime, actor: Actor, at: datetime, patience: float = 10.0) -> BooksClosed:
    """Close the books before an instant, for ever: no entry gets an earlier `effective_at` from now on.

    Whoever is booking is waited for, and whoever begins waits until this transaction ends, so nothing
    slips in between: call it late in yours. What is closed already stays as it is. `patience` is in
    seconds. Raises PeriodRuns for an instant that is not past, BooksBusy.
    """
    if until > at:
        told = sentence(
            "The books cannot be closed until %(until)s: that is to come.", until=f"{until:%Y-%m-%d %H:%M} UTC"
        )
        raise PeriodRuns(told)
    _shut_the_gate(patience)
    last = last_closing()
    if last is not None and last.until >= until:
        return last
    closing = BooksClosed.objects.create(until=until, closed_at=at)
    record(
        actor=actor, verb="books.closed", subject=closing, at=at,
        before={"until": last.until.isoformat() if last else ""}, after={"until": until.isoformat()},
    )  # fmt: skip
    return closing


def _shut_the_gate(patience: float) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{round(patience * 1000)}ms"])
            cursor.execute("LOCK TABLE ledger_booksgate IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as waiting:
        raise BooksBusy("Somebody is still booking; the books were not closed. Try again.") from waiting
