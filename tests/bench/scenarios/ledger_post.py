"""What the ledger's logic costs: single postings, each committed, against a bare insert of the same rows.

*Bare* goes through the same connection and layer, in one transaction, with every value computed before: the
entry, then its transfer. Four writers at once then book into one hot pair of accounts and into spread ones.
Many at once are booked by `post_all`, against one INSERT … SELECT of the same rows.
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
from tenant_apps.ledger.actions import Booking, Posting, post, post_all
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import CauseReused
from tenant_apps.ledger.models import Account, Entry, Transfer
from tenant_apps.ledger.queries import trial_balance
from tenant_apps.ledger.states import AccountKind
from tests.bench import brands, databases
from tests.bench.processes import Meter
from tests.bench.runner import Place
from tests.bench.samples import Ratio, Sample

AT = datetime(2026, 5, 12, 10, tzinfo=UTC)
CURRENCY, WRITERS = "EUR", 4
HOT = (AccountRef("bench_hot_debit", AccountKind.ASSET), AccountRef("bench_hot_credit", AccountKind.REVENUE))
_ENTRY = """INSERT INTO ledger_entry (public_id, cause, request_hash, description, booked_at, effective_at)
            VALUES (%s, %s, %s, %s, %s, %s) RETURNING id"""
_TRANSFER = """INSERT INTO ledger_transfer (entry_id, position, debit_id, credit_id, amount_minor, currency)
               VALUES (%s, 0, %s, %s, %s, %s)"""
_ROWS = """WITH entry AS (
               INSERT INTO ledger_entry (public_id, cause, request_hash, description, booked_at, effective_at)
               SELECT %(key)s || number, %(name)s || number, %(hash)s, 'One posting', %(at)s, %(at)s
               FROM generate_series(1, %(many)s) AS number RETURNING id
           )
           INSERT INTO ledger_transfer (entry_id, position, debit_id, credit_id, amount_minor, currency)
           SELECT id, 0, (%(debited)s::bigint[])[1 + place %% %(pairs)s],
                  (%(credited)s::bigint[])[1 + place %% %(pairs)s], 100, %(currency)s
           FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM entry) placed"""
type Pair = tuple[AccountRef, AccountRef]


def scenario() -> "LedgerPost":
    """Return the scenario for the runner."""
    return LedgerPost()


class LedgerPost:
    """Sides `bare`, `ours`; `ours_spread`, `ours_hot` with four writers; `batch`, `bare_batch`."""

    name = "ledger_post"
    unit = "postings"
    ratios = (
        Ratio("against a bare insert", "rate", "ours", "bare", at_least=0.8),
        Ratio("CPU against a bare insert", "cpu", "ours", "bare"),
        Ratio("hot accounts against spread", "rate", "ours_hot", "ours_spread", at_least=0.9),
        Ratio("many at once against an INSERT … SELECT", "rate", "batch", "bare_batch", at_least=0.4),
    )
    limits = ()

    def setup(self, place: Place) -> None:
        """Open the accounts, start the writers."""
        self.place = place
        self.brand = brands.alone(place, "ledger")
        self.each_round = place.sized(smoke=60, full=1000)
        self.spread = [_pair(number) for number in range(place.sized(smoke=50, full=1000))]
        self.booked: dict[str, tuple[Pair, int]] = {}
        self.made = 0
        pairs = [HOT, *self.spread]
        with brand_entered(self.brand):
            opening = [Posting(debit, credit, 1, CURRENCY) for debit, credit in pairs]
            post(cause="opening", description="Opens the accounts", transfers=opening, effective_at=AT, at=AT)
            self.accounts = {account.code: account.pk for account in Account.objects.all()}
            for _ in range(2):
                self._batch()
        # Books of some size, and new connections: one keeps the plans of its foreign keys, and those made for
        # empty tables read all of the table.
        brands.vacuum(self.brand, "ledger_entry", "ledger_transfer", "ledger_account")
        connections.close_all()
        self.writers = ThreadPoolExecutor(WRITERS)
        self._write_together(hot=False, times=1)

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        return {
            "bare": lambda: self._alone(self._bare, "bare"),
            "ours": lambda: self._alone(self._ours, "ours"),
            "ours_spread": lambda: self._measured(lambda: self._write_together(hot=False, times=self.each_round // 2)),
            "ours_hot": lambda: self._measured(lambda: self._write_together(hot=True, times=self.each_round // 2)),
            "batch": lambda: self._measured(self._batch),
            "bare_batch": lambda: self._measured(self._bare_batch),
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

    def _batch(self) -> list[float]:
        booked = self._many("batch")
        bookings = [
            Booking(
                cause=cause, description="One posting", transfers=(Posting(*pair, amount, CURRENCY),), belongs_to=AT
            )
            for cause, (pair, amount) in booked.items()
        ]
        began = time.perf_counter()
        post_all(bookings=bookings, at=AT)
        took = time.perf_counter() - began
        self.booked |= booked
        return [took / len(booked)] * len(booked)

    def _bare_batch(self) -> list[float]:
        booked = self._many("bare")
        debited, credited = ([self.accounts[pair[side].code] for pair in self.spread] for side in (0, 1))
        asked = {
            "key": public_id("ent"), "name": next(iter(booked)).removesuffix("1"), "hash": "0" * 64, "at": AT,
            "many": len(booked), "debited": debited, "credited": credited, "pairs": len(debited), "currency": CURRENCY,
        }  # fmt: skip
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ROWS, asked)
        took = time.perf_counter() - began
        self.booked |= booked
        return [took / len(booked)] * len(booked)

    def _many(self, name: str) -> dict[str, tuple[Pair, int]]:
        prefix = f"bench:{public_id(name)}"
        numbers = range(1, self.each_round * 10 + 1)
        return {f"{prefix}:{number}": (self.spread[number % len(self.spread)], 100) for number in numbers}

    def _debited(self) -> dict[str, int]:
        expected = {HOT[0].code: 1} | {debit.code: 1 for debit, _ in self.spread}
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
