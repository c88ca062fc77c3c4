"""Closing a month of commission lines: against the bare INSERT … SELECT of the same rows, and an ORM loop.

*Bare* copies the very settlements and lines our close wrote, out of plain tables, in one transaction. *Loop* is
what one would write first: per partner read lines, terms and balance, then create the rows one by one; it takes
fewer partners. All begin with the same tables: what a side wrote is removed outside the measured time.
The lines are payable already; maturing them is another job's work.
"""

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from django.db import connection, transaction

from kernel.actor import Actor
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.postgresql.base import role_of
from tenant_apps.commissions.models import Commission
from tenant_apps.programs.models import ContractVersion
from tenant_apps.settlements.actions import close_period
from tenant_apps.settlements.models import Period, Settlement, SettlementLine
from tenant_apps.settlements.rules.statement import Negative
from tests.bench import brands, databases, settling
from tests.bench.processes import Meter
from tests.bench.runner import Place
from tests.bench.samples import Limit, Ratio, Sample
from tests.bench.settling import MONTH, MONTH_BEFORE

ANNA = Actor(kind="operator", id="usr_bench", label="Bench", roles=frozenset({"finance"}))
AT = datetime(2026, 5, 2, 9, tzinfo=UTC)
LABEL = MONTH[0]
_SAVE = (
    """CREATE TABLE bench_settlement AS SELECT s.* FROM settlements_settlement s
       JOIN settlements_period p ON p.id = s.period_id WHERE p.label = '2026-04' ORDER BY s.id""",
    """CREATE TABLE bench_line AS SELECT l.* FROM settlements_settlementline l
       JOIN bench_settlement s ON s.id = l.settlement_id ORDER BY l.id""",
)
_REMOVE = (
    """DELETE FROM settlements_settlementline l USING settlements_settlement s, settlements_period p
       WHERE l.settlement_id = s.id AND s.period_id = p.id AND p.label = '2026-04'""",
    """DELETE FROM settlements_settlement s USING settlements_period p
       WHERE s.period_id = p.id AND p.label = '2026-04'""",
    "DELETE FROM settlements_period WHERE label = '2026-04'",
)
TABLES = ("settlements_settlementline", "settlements_settlement", "settlements_period")


def scenario() -> "SettlementClose":
    """Return the scenario for the runner."""
    return SettlementClose()


class SettlementClose:
    """Sides `bare`, `ours` over 100,000 lines of 1,000 partners (smoke: 5,000 of 50), `loop` over some partners."""

    name = "settlement_close"
    unit = "lines"
    ratios = (
        Ratio("against the bare INSERT … SELECT", "rate", "ours", "bare", at_least=0.5),
        Ratio("against an ORM loop", "rate", "ours", "loop", at_least=50.0),
    )
    limits: tuple[Limit, ...] = ()

    def __init__(self, database: str = "settlement", *, smoke: int = 5_000, full: int = 100_000) -> None:
        self.database, self.smoke, self.full = database, smoke, full

    def setup(self, place: Place) -> None:
        """Write partners and lines, close the month before, close the month once and keep what that wrote."""
        self.place = place
        self.brand = brands.alone(place, self.database)
        self.lines, partners = place.sized(smoke=self.smoke, full=self.full), place.sized(smoke=50, full=1_000)
        looped = place.sized(smoke=10, full=50)
        self.looped = [f"par_{number:06}" for number in range(looped)]
        with brand_entered(self.brand):
            settling.add_partners(partners, lines_each=self.lines // partners)
            settling.add_lines(MONTH_BEFORE, lines=5 * partners, partners=partners)
            settling.add_lines(MONTH, lines=self.lines, partners=partners)
            brands.vacuum(self.brand, "commissions_commission", "programs_enrollment", "programs_contractversion")
            close_period(label=MONTH_BEFORE[0], actor=ANNA, at=AT)
            self.before = settling.expected(MONTH_BEFORE[0], {})
            self.wanted = settling.expected(LABEL, {partner: row[-1] for partner, row in self.before.items()})
            close_period(label=LABEL, actor=ANNA, at=AT)
            self.period = Period.objects.get(label=LABEL)
        grant = f'GRANT SELECT ON bench_settlement, bench_line TO "{role_of(self.brand.schema_name)}"'
        brands.as_owner(self.brand, *_SAVE, grant)
        brands.vacuum(self.brand, "bench_settlement", "bench_line")
        self._remove()

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        return {
            "bare": lambda: self._measured(self._bare, list(self.wanted)),
            "ours": lambda: self._measured(self._ours, list(self.wanted)),
            "loop": lambda: self._measured(self._loop, self.looped),
        }

    def verify(self) -> list[str]:
        """Look at the month before, and that the month had every case: payouts, small balances, debts written off."""
        with brand_entered(self.brand):
            wrong = [f"{table} is unlogged" for table in databases.unlogged_tables()]
            wrong += settling.differing(self.before, settling.found(MONTH_BEFORE[0]), self.before)
        rows = list(self.wanted.values())
        cases = {
            "pays": any(row[3] for row in rows),
            "stays below its minimum": any(row[4] > 0 for row in rows),
            "is carried as a debt": any(row[5] < 0 for row in [*rows, *self.before.values()]),
            "is written off": any(row[4] < 0 == row[5] for row in rows),
            "opens with a balance": any(row[0] for row in rows),
        }
        return wrong + [f"no settlement {case}, so it was not measured" for case, seen in cases.items() if not seen]

    def close(self) -> None:
        """Nothing runs; the database goes with the run."""
        databases.use(self.place.database)

    def _measured(self, work: Callable[[], None], partners: list[str]) -> Sample:
        with brand_entered(self.brand):
            with Meter(os.getpid(), self.place.owner, self.place.database) as meter:
                began = time.perf_counter()
                work()
                seconds = time.perf_counter() - began
            lines = SettlementLine.objects.filter(settlement__period__label=LABEL)
            operations = lines.count()
            wrong = settling.differing(self.wanted, settling.found(LABEL), partners)[:5]
            due = Commission.objects.filter(partner_ref__in=partners, payable_at__gte=self.period.starts_at).count()
            if operations != due:
                wrong.append(f"{operations} lines were settled of {due}")
        self._remove()
        return Sample(operations=operations, seconds=seconds, wrong=wrong, **meter.figures(operations))

    def _remove(self) -> None:
        brands.as_owner(self.brand, *_REMOVE)
        brands.vacuum(self.brand, *TABLES)

    def _ours(self) -> None:
        close_period(label=LABEL, actor=ANNA, at=AT)

    def _bare(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            self.period.save(force_insert=True)
            cursor.execute("INSERT INTO settlements_settlement SELECT * FROM bench_settlement")
            cursor.execute("INSERT INTO settlements_settlementline SELECT * FROM bench_line")

    def _loop(self) -> None:
        with transaction.atomic():
            month = Period.objects.create(
                label=LABEL, starts_at=self.period.starts_at, ends_at=self.period.ends_at, state="closed", closed_at=AT
            )
            for partner in self.looped:
                _settle_one(month, partner)


def _settle_one(month: Period, partner: str) -> None:
    due = list(
        Commission.objects.filter(
            partner_ref=partner, currency="EUR", state="payable", payable_at__lt=month.ends_at, settlement_line=None
        )
    )
    terms = ContractVersion.objects.filter(enrollment__partner_ref=partner).latest("effective_from")
    before = Settlement.objects.filter(partner_ref=partner, currency="EUR").order_by("-pk").first()
    opening, earned, clawback, payout, closing, after = settling.row_for(
        before.next_opening_minor if before else 0,
        sum(line.amount_minor for line in due if line.kind == "earning"),
        sum(line.amount_minor for line in due if line.kind != "earning"),
        terms.minimum_payout_minor, Negative(terms.negative),
    )  # fmt: skip
    settlement = Settlement.objects.create(
        period=month, partner_ref=partner, partner_name=terms.enrollment.partner_name, currency="EUR",
        opening_minor=opening, earned_minor=earned, clawback_minor=clawback, net_minor=earned + clawback,
        payout_minor=payout, closing_minor=closing, next_opening_minor=after,
        minimum_payout_minor=terms.minimum_payout_minor, negative=terms.negative, drafted_at=AT, drafted_by=ANNA.id,
    )  # fmt: skip
    for line in due:
        SettlementLine.objects.create(settlement=settlement, commission=line, amount_minor=line.amount_minor)
