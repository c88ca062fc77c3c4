"""What the ledger's logic costs: single postings, each committed, against a bare insert of the same rows.

*Bare* goes through the same connection and layer, in one transaction, with every value computed before: the
entry, then its transfer. Four writers at once then book into one hot pair of accounts and into spread ones;
and the derived balance is read of an account with many transfers and of one with a thousand.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from django.db import connection, connections, transaction
from django.db.models import Count

from kernel.ids import public_id
from shared_apps.brands.entering import brand_entered
from tenant_apps.ledger.actions import Posting, post, write_checkpoints
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import CauseReused
from tenant_apps.ledger.models import Account, Entry, Transfer
from tenant_apps.ledger.queries import balance, trial_balance
from tenant_apps.ledger.states import AccountKind
from tests.bench import brands, databases
from tests.bench.processes import Meter
from tests.bench.runner import Place
from tests.bench.samples import Limit, Ratio, Sample

AT = datetime(2026, 5, 12, 10, tzinfo=UTC)
CURRENCY, WRITERS, PER_ENTRY = "EUR", 4, 1000
HOT = (AccountRef("bench_hot_debit", AccountKind.ASSET), AccountRef("bench_hot_credit", AccountKind.REVENUE))
READ = {name: AccountRef(f"bench_{name}", AccountKind.ASSET) for name in ("few", "many")}
_ENTRY = """INSERT INTO ledger_entry (public_id, cause, request_hash, description, booked_at, effective_at)
            VALUES (%s, %s, %s, %s, %s, %s) RETURNING id"""
_TRANSFER = """INSERT INTO ledger_transfer (entry_id, position, debit_id, credit_id, amount_minor, currency)
               VALUES (%s, 0, %s, %s, %s, %s)"""
_FILL = (
    """INSERT INTO ledger_entry (public_id, cause, request_hash, description, booked_at, effective_at)
       SELECT 'ent_' || %(account)s::text || n, 'fill:' || %(account)s::text || ':' || n, repeat('0', 64), 'Fill',
              %(at)s, %(at)s FROM generate_series(1, %(entries)s) n""",
    """INSERT INTO ledger_transfer (entry_id, position, debit_id, credit_id, amount_minor, currency)
       SELECT e.id, p, %(account)s, %(credit)s, 1 + p, 'EUR' FROM ledger_entry e CROSS JOIN generate_series(0, 999) p
       WHERE e.cause LIKE 'fill:' || %(account)s::text || ':%%'""",
)
type Pair = tuple[AccountRef, AccountRef]


def scenario() -> "LedgerPost":
    """Return the scenario for the runner."""
    return LedgerPost()


class LedgerPost:
    """Sides `bare`, `ours`; `ours_spread`, `ours_hot` with four writers; `balance_few`, `balance_many`: 1,000,000."""

    name = "ledger_post"
    unit = "postings or reads"
    ratios = (
        Ratio("against a bare insert", "rate", "ours", "bare", at_least=0.8),
        Ratio("CPU against a bare insert", "cpu", "ours", "bare"),
        Ratio("hot accounts against spread", "rate", "ours_hot", "ours_spread", at_least=0.9),
        Ratio("a long account against a short one", "seconds", "balance_many", "balance_few"),
    )
    limits = (
        Limit("balance of a short account", "balance_few", 0.002),
        Limit("balance of a long account", "balance_many", 0.002),
    )

    def setup(self, place: Place) -> None:
        """Open the accounts, fill the two that are read, start the writers."""
        self.place = place
        self.brand = brands.alone(place, "ledger")
        self.each_round = place.sized(smoke=60, full=1000)
        self.reads = place.sized(smoke=20, full=100)
        self.spread = [_pair(number) for number in range(place.sized(smoke=50, full=1000))]
        self.booked: dict[str, tuple[Pair, int]] = {}
        self.made = 0
        pairs = [HOT, (READ["few"], HOT[1]), (READ["many"], HOT[1]), *self.spread]
        entries = {"few": 1, "many": place.sized(smoke=5, full=1000)}
        with brand_entered(self.brand):
            opening = [Posting(debit, credit, 1, CURRENCY) for debit, credit in pairs]
            post(cause="opening", description="Opens the accounts", transfers=opening, effective_at=AT, at=AT)
            self.accounts = {account.code: account.pk for account in Account.objects.all()}
            for name, count in entries.items():
                self._fill(READ[name], count)
            write_checkpoints(at=AT)
        self.expected = {name: 1 + count * PER_ENTRY * (PER_ENTRY + 1) // 2 for name, count in entries.items()}
        brands.vacuum(self.brand, "ledger_entry", "ledger_transfer", "ledger_account")
        self.writers = ThreadPoolExecutor(WRITERS)
        self._write_together(hot=False, times=1)

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        return {
            "bare": lambda: self._alone(self._bare, "bare"),
            "ours": lambda: self._alone(self._ours, "ours"),
            "ours_spread": lambda: self._measured(lambda: self._write_together(hot=False, times=self.each_round // 2)),
            "ours_hot": lambda: self._measured(lambda: self._write_together(hot=True, times=self.each_round // 2)),
            "balance_few": lambda: self._read("few"),
            "balance_many": lambda: self._read("many"),
        }

    def verify(self) -> list[str]:
        """Hold the books against what was acknowledged; book again what was booked, as it was and otherwise."""
        with brand_entered(self.brand):
            wrong = [f"{table} is unlogged" for table in databases.unlogged_tables()]
            rows = trial_balance()
            if total := sum(row.signed_minor for row in rows):
                wrong.append(f"debits and credits differ by {total}")
            found = {row.code: row.debit_minor for row in rows}
            expected = self._debited()
            wrong += [
                f"{code} was debited {found.get(code, 0)}, acknowledged were {minor}"
                for code, minor in expected.items()
                if found.get(code, 0) != minor
            ]
            once = Entry.objects.filter(cause__startswith="bench:").annotate(parts=Count("transfers")).filter(parts=1)
            if once.count() != len(self.booked):
                wrong.append(f"{once.count()} entries of one transfer for {len(self.booked)} acknowledged")
            return wrong + self._wrong_when_repeated()

    def close(self) -> None:
        """Close the writers' connections and ours."""
        if hasattr(self, "writers"):
            meeting = threading.Barrier(WRITERS)
            list(self.writers.map(lambda _: (meeting.wait(), connections.close_all()), range(WRITERS)))
            self.writers.shutdown()
        databases.use(self.place.database)

    def _alone(self, write: Callable[[str, Pair, int], object], name: str) -> Sample:
        def all_of_them() -> list[float]:
            return [self._one(write, name, self.spread[number % len(self.spread)]) for number in range(self.each_round)]

        return self._measured(all_of_them)

    def _write_together(self, *, hot: bool, times: int) -> list[float]:
        def some(writer: int) -> list[float]:
            with brand_entered(self.brand):
                pairs = [HOT] if hot else self.spread[writer::WRITERS]
                return [self._one(self._ours, f"w{writer}", pairs[number % len(pairs)]) for number in range(times)]

        return [latency for taken in self.writers.map(some, range(WRITERS)) for latency in taken]

    def _measured(self, work: Callable[[], list[float]]) -> Sample:
        with brand_entered(self.brand), Meter(os.getpid(), self.place.owner, self.place.database) as meter:
            began = time.perf_counter()
            taken = work()
            seconds = time.perf_counter() - began
        return Sample(operations=len(taken), seconds=seconds, latencies=taken, **meter.figures(len(taken)))

    def _one(self, write: Callable[[str, Pair, int], object], name: str, pair: Pair) -> float:
        cause, amount = f"bench:{public_id(name)}", 100 + len(self.booked) % 900
        began = time.perf_counter()
        write(cause, pair, amount)
        took = time.perf_counter() - began
        self.booked[cause] = (pair, amount)
        return took

    def _ours(self, cause: str, pair: Pair, amount: int) -> Entry:
        transfers = [Posting(*pair, amount, CURRENCY)]
        return post(cause=cause, description="One posting", transfers=transfers, effective_at=AT, at=AT)

    def _bare(self, cause: str, pair: Pair, amount: int) -> None:
        debit, credit = (self.accounts[account.code] for account in pair)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ENTRY, [public_id("ent"), cause, "0" * 64, "One posting", AT, AT])
            (entry,) = cursor.fetchone()
            cursor.execute(_TRANSFER, [entry, debit, credit, amount, CURRENCY])

    def _read(self, name: str) -> Sample:
        answers: set[int] = set()

        def read() -> float:
            began = time.perf_counter()
            answers.add(balance(READ[name].code, CURRENCY))
            return time.perf_counter() - began

        sample = self._measured(lambda: [read() for _ in range(self.reads)])
        if answers == {self.expected[name]}:
            return sample
        said = [f"the balance of {name} is {sorted(answers)}, not {self.expected[name]}"]
        return Sample(operations=sample.operations, seconds=sample.seconds, latencies=sample.latencies, wrong=said)

    def _fill(self, account: AccountRef, entries: int) -> None:
        ids = {"account": self.accounts[account.code], "credit": self.accounts[HOT[1].code]}
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in _FILL:
                cursor.execute(statement, ids | {"at": AT, "entries": entries})

    def _debited(self) -> dict[str, int]:
        expected = {HOT[0].code: 1} | {debit.code: 1 for debit, _ in self.spread}
        expected |= {READ[name].code: minor for name, minor in self.expected.items()}
        for (debit, _), amount in self.booked.values():
            expected[debit.code] += amount
        return expected

    def _wrong_when_repeated(self) -> list[str]:
        before, wrong = Transfer.objects.count(), []
        ours = [cause for cause in self.booked if not cause.startswith("bench:bare")]
        for cause in ours[-20:]:
            pair, amount = self.booked[cause]
            if self._ours(cause, pair, amount).cause != cause:
                wrong.append(f"{cause} booked again is another entry")
            try:
                self._ours(cause, pair, amount + 1)
            except CauseReused:
                continue
            wrong.append(f"{cause} was booked again with another amount")
        if Transfer.objects.count() != before:
            wrong.append("booking again wrote rows")
        return wrong


def _pair(number: int) -> Pair:
    return (
        AccountRef(f"bench_debit:{number}", AccountKind.ASSET),
        AccountRef(f"bench_credit:{number}", AccountKind.REVENUE),
    )
