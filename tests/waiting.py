"""Two writers, one after the other: the second is seen to wait for what the first holds before the first commits."""

from collections.abc import Callable
from threading import Thread
from time import sleep
from typing import Any

from django.db import connection, transaction

from kernel.errors import DomainError
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand


def second_in_line(brand: Brand, first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Do `first`, begin `second` beside it, commit when `second` waits or is done; return what that came to.

    A refusal is its code. Needs a database where transactions commit: `own_database`.
    """
    told: list[Any] = []

    def run() -> None:
        try:
            with brand_entered(brand):
                told.append(second())
        except DomainError as refused:
            told.append(refused.code)
        finally:
            connection.close()

    other = Thread(target=run)
    with brand_entered(brand), transaction.atomic(), connection.cursor() as cursor:
        first()
        other.start()
        waits = False
        while other.is_alive() and not waits:
            sleep(0.01)
            cursor.execute(
                # Not pg_stat_activity: a transaction sees that as it was when it first looked.
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted "
                "AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
            )
            waits = cursor.fetchone()[0]
    other.join()
    return told[0]
