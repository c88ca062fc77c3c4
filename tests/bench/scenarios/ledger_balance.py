"""The balance of an account with a million transfers: the plain SUM over them, and ours, from the last checkpoint on.

`ours` reads right after a checkpoint was written; `ours_tail` with as many transfers after it as it takes to write
the next one; `ours_hour` with 30,000 after it, what a very busy account gathers until the hourly job comes.
"""

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from django.db import connection, transaction

from shared_apps.brands.entering import brand_entered
from tenant_apps.ledger.actions import Posting, post, write_checkpoints
from tenant_apps.ledger.actions.checkpointing import LEAST_NEW
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.models import Account
from tenant_apps.ledger.queries import balance, trial_balance
from tenant_apps.ledger.states import AccountKind
from tests.bench import brands, databases
from tests.bench.processes import Meter
from tests.bench.runner import Place
from tests.bench.samples import Limit, Ratio, Sample

AT = datetime(2026, 5, 12, 10, tzinfo=UTC)
CURRENCY, PER_ENTRY = "EUR", 500
OTHER = AccountRef("bench_other", AccountKind.REVENUE)
READ = {name: AccountRef(f"bench_{name}", AccountKind.ASSET) for name in ("ours", "ours_tail", "ours_hour")}
_SUM = """
    SELECT sum(CASE WHEN debit_id = %(id)s THEN amount_minor ELSE -amount_minor END)
    FROM ledger_transfer WHERE debit_id = %(id)s OR credit_id = %(id)s
"""
_FILL = (
    """INSERT INTO ledger_entry (public_id, cause, request_hash, description, booked_at, effective_at)
       SELECT 'ent_' || %(mark)s::text || n, 'fill:' || %(mark)s::text || ':' || n, repeat('0', 64), 'Fill',
              %(at)s, %(at)s FROM generate_series(1, %(entries)s) n""",
    """INSERT INTO ledger_transfer (entry_id, position, debit_id, credit_id, amount_minor, currency)
       SELECT e.id, p, %(account)s, %(credit)s, 1 + p, 'EUR'
       FROM ledger_entry e CROSS JOIN generate_series(0, %(last)s) p WHERE e.cause LIKE 'fill:' || %(mark)s || ':%%'""",
)


def scenario() -> "LedgerBalance":
    """Return the scenario for the runner."""
    return LedgerBalance()


class LedgerBalance:
    """Sides `sum`, `ours`, `ours_tail`, `ours_hour`."""

    name = "ledger_balance"
    unit = "balances"
    ratios = (
        Ratio("against the plain SUM", "seconds", "ours", "sum", at_most=0.1),
        Ratio("what a tail costs", "seconds", "ours_tail", "ours"),
    )
    limits = (
        Limit("p99 of a long account", "ours", 0.002, metric="p99"),
        Limit("p99 just before a checkpoint", "ours_tail", 0.002, metric="p99"),
    )

    def setup(self, place: Place) -> None:
        """Fill three accounts with a million transfers each, write checkpoints, let two go on."""
        self.place = place
        self.brand = brands.alone(place, "balance")
        self.reads = place.sized(smoke=20, full=500)
        entries = place.sized(smoke=4, full=2000)
        tails = {"ours_tail": LEAST_NEW - 1, "ours_hour": place.sized(smoke=LEAST_NEW, full=30_000)}
        with brand_entered(self.brand):
            opening = [Posting(account, OTHER, 1, CURRENCY) for account in READ.values()]
            post(cause="opening", description="Opens the accounts", transfers=opening, effective_at=AT, at=AT)
            self.accounts = {account.code: account.pk for account in Account.objects.all()}
            self.expected = {name: 1 + self._filled(name, entries, PER_ENTRY) for name in READ}
            write_checkpoints(at=AT)
            for name, tail in tails.items():
                self.expected[name] += self._filled(name, 1, tail, mark="tail")
        brands.vacuum(self.brand, "ledger_entry", "ledger_transfer", "ledger_account", "ledger_checkpoint")

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        summed = {"sum": lambda: self._read("ours", self._summed, max(self.reads // 100, 5))}
        return summed | {name: lambda name=name: self._read(name, balance, self.reads) for name in READ}  # type: ignore[misc]

    def verify(self) -> list[str]:
        """Hold what was read against the sums over all transfers."""
        with brand_entered(self.brand):
            wrong = [f"{table} is unlogged" for table in databases.unlogged_tables()]
            found = {row.code: row.debit_minor for row in trial_balance()}
            codes = {name: READ[name].code for name in READ}
            return wrong + [f"{name} differs" for name, code in codes.items() if found[code] != self.expected[name]]

    def close(self) -> None:
        """Close our connection."""
        databases.use(self.place.database)

    def _read(self, name: str, read: Callable[[str, str], int], times: int) -> Sample:
        taken, answers = [], set()
        code = READ[name].code
        with brand_entered(self.brand), Meter(os.getpid(), self.place.owner, self.place.database) as meter:
            start = time.perf_counter()
            for _ in range(times):
                began = time.perf_counter()
                answers.add(read(code, CURRENCY))
                taken.append(time.perf_counter() - began)
            seconds = time.perf_counter() - start
        wrong = [] if answers == {self.expected[name]} else [f"{name}: {sorted(answers)}, not {self.expected[name]}"]
        return Sample(operations=times, seconds=seconds, latencies=taken, wrong=wrong, **meter.figures(times))

    def _summed(self, code: str, _currency: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_SUM, {"id": self.accounts[code]})
            return int(cursor.fetchone()[0])

    def _filled(self, name: str, entries: int, each: int, mark: str = "fill") -> int:
        values = {
            "account": self.accounts[READ[name].code], "credit": self.accounts[OTHER.code], "mark": f"{name}_{mark}",
            "at": AT, "entries": entries, "last": each - 1,
        }  # fmt: skip
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in _FILL:
                cursor.execute(statement, values)
        return entries * each * (each + 1) // 2
