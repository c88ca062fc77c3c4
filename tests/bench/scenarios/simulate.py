"""Simulating other terms over 50,000 sales: against pricing the same sales alone, and beside 10,000 of them.

*Bare* is the limit of any simulation: the same commissions and orders read in the same chunks and priced once by the
engine's rules, nothing carried and nothing written. *Ours* is a simulation as the worker runs it, step by step, over
the whole month; *fifth* over its first six days. The worker may not grow with the sales: the figure is its
greatest memory after any step. Every total must be what the rate, applied to each line, comes to.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import batched

from kernel.actor import Actor
from kernel.rates import apply_rate
from shared_apps.brands.entering import brand_entered
from tenant_apps.catalog.models import Offer, Product
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import contract_of, inputs_of, lines_as_sold, stored_facts
from tenant_apps.commissions.rules import Sale, commission_for
from tenant_apps.customers.models import Customer
from tenant_apps.orders.models import Line, Order
from tenant_apps.orders.queries import sales_of
from tenant_apps.programs.models import ContractVersion, Enrollment, Program
from tenant_apps.reports.actions import Asked, advance_simulation, request_simulation
from tenant_apps.reports.models import Simulation
from tenant_apps.reports.queries import totals_of_simulation
from tests.bench import brands, databases, settling
from tests.bench.processes import Meter, memory_mb
from tests.bench.runner import Place
from tests.bench.samples import Limit, Ratio, Sample

ANNA = Actor(kind="operator", id="usr_bench", label="Bench", roles=frozenset({"finance"}))
BEGAN, ASKED = datetime(2026, 4, 1, 6, tzinfo=UTC), datetime(2026, 5, 2, 9, tzinfo=UTC)
FIRST, LAST, SIXTH = date(2026, 4, 1), date(2026, 4, 30), date(2026, 4, 6)
PARTNERS, CUSTOMERS, DAYS, AT_ONCE = 40, 1_000, 30, 1_000
BOOKED, TRIED = Decimal("0.10"), Decimal("0.13")
GROWTH = 1.15


def scenario() -> "Simulate":
    """Return the scenario for the runner."""
    return Simulate()


class Simulate:
    """Sides `bare`, `ours` (50,000 sales; smoke: 300) and `fifth` (the first 10,000 of them)."""

    name = "simulate"
    unit = "sales"
    ratios = (
        Ratio("against pricing alone", "rate", "ours", "bare"),
        Ratio("a sale of the long time against one of the short", "seconds", "ours", "fifth", at_most=1.25),
    )
    limits: tuple[Limit, ...] = ()

    def setup(self, place: Place) -> None:
        """Write the sales of a month, as many each day, each with what it earned at ten per cent."""
        self.place = place
        self.brand = brands.alone(place, "simulate")
        self.count = place.sized(smoke=300, full=50_000)
        with brand_entered(self.brand):
            settling.add_partners(PARTNERS)
            ContractVersion.objects.update(rules=[_rule("ten", BOOKED)])
            self._write_sales()
        tables = ("commissions_commission", "orders_order", "orders_line", "customers_customer")
        brands.vacuum(self.brand, *tables)
        self.memory: dict[str, list[float]] = {"ours": [], "fifth": []}

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        return {
            "bare": self._bare,
            "ours": lambda: self._simulated("ours", LAST, self.count),
            "fifth": lambda: self._simulated("fifth", SIXTH, self.count * SIXTH.day // DAYS),
        }

    def verify(self) -> list[str]:
        """Say if the process grew with the sales."""
        fifth, ours = (max(self.memory[name], default=0.0) for name in ("fifth", "ours"))
        return [f"grew from {fifth:.0f} to {ours:.0f} MB"] if ours > fifth * GROWTH else []

    def close(self) -> None:
        """Nothing runs; the database goes with the run."""
        databases.use(self.place.database)

    def _bare(self) -> Sample:
        with brand_entered(self.brand), Meter(os.getpid(), self.place.owner, self.place.database) as meter:
            began, seen, minor = time.perf_counter(), 0, 0
            contracts = {each.pk: contract_of(each) for each in ContractVersion.objects.all()}
            for rows in _chunks():
                sold = sales_of(row.order_ref for row in rows)
                for row in rows:
                    facts = stored_facts(row, lines_as_sold(sold[row.order_ref]))
                    minor += commission_for(contract=contracts[row.contract_version_id or 0], sale=facts).total_minor
                seen += len(rows)
            seconds = time.perf_counter() - began
        wrong = [] if (seen, minor) == (self.count, _sum(self.count, BOOKED)) else [f"{seen} sales came to {minor}"]
        return Sample(operations=seen, seconds=seconds, wrong=wrong, **meter.figures(seen))

    def _simulated(self, side: str, until: date, count: int) -> Sample:
        greatest = 0.0
        with brand_entered(self.brand), Meter(os.getpid(), self.place.owner, self.place.database) as meter:
            began = time.perf_counter()
            asked = Asked(
                since=FIRST, until=until, program=Program.objects.get(name="Bench").public_id,
                terms={"currency": "EUR", "rules": [_rule("more", TRIED)]},
            )  # fmt: skip
            simulation = request_simulation(asked=asked, actor=ANNA, at=ASKED)
            while simulation.is_open:
                advance_simulation(simulation_ref=simulation.public_id, step=simulation.step, at=ASKED)
                simulation = Simulation.objects.get(pk=simulation.pk)
                greatest = max(greatest, memory_mb([os.getpid()], "VmRSS") or 0.0)
            seconds = time.perf_counter() - began
            told = [(row.lines, row.booked_minor, row.simulated_minor) for row in totals_of_simulation(simulation)]
        self.memory[side].append(greatest)
        expected = (count, _sum(count, BOOKED), _sum(count, TRIED))
        wrong = [] if told == [expected] else [f"{side}: {told} instead of {expected} {simulation.failure}"]
        return Sample(operations=count, seconds=seconds, wrong=wrong, **meter.figures(count))

    def _write_sales(self) -> None:
        product = Product.objects.create(code="bench", name="Bench", kind="service", created_at=BEGAN)
        offer = Offer.objects.create(product=product, slug="bench", title="Bench", created_at=BEGAN)
        customers = Customer.objects.bulk_create(
            Customer(email=f"{number}@example.com", created_at=BEGAN) for number in range(CUSTOMERS)
        )
        deals = list(Enrollment.objects.prefetch_related("contract_versions").order_by("pk"))
        for numbers in batched(range(self.count), AT_ONCE):
            orders = Order.objects.bulk_create(
                Order(
                    number=number + 1, customer=customers[number % CUSTOMERS], source="api", external_id=str(number),
                    currency="EUR", total_minor=_gross(number), money_state="paid",
                    placed_at=self._sold_at(number), paid_at=self._sold_at(number),
                )
                for number in numbers
            )  # fmt: skip
            lines = Line.objects.bulk_create(
                Line(
                    order=order, position=1, offer=offer, product_code="bench", product_kind="service", title="Bench",
                    quantity=1, gross_minor=order.total_minor,
                )
                for order in orders
            )  # fmt: skip
            Commission.objects.bulk_create(_earned(line, deals[line.order.number % PARTNERS]) for line in lines)

    def _sold_at(self, number: int) -> datetime:
        """As many each day, one second after the other: `fifth` is the first sales, whole."""
        day, of_day = divmod(number * DAYS, self.count)
        return BEGAN + timedelta(days=day, seconds=of_day // DAYS)


def _rule(name: str, rate: Decimal) -> dict[str, object]:
    return {"id": name, "pay": {"kind": "percent", "rate": str(rate)}}


def _gross(number: int) -> int:
    return 990 + number * 7919 % 50_000


def _sum(count: int, rate: Decimal) -> int:
    return sum(apply_rate(_gross(number), rate) for number in range(count))


def _earned(line: Line, deal: Enrollment) -> Commission:
    sold_at = line.order.placed_at
    facts = Sale(at=sold_at, lines=(), first_charge_at=sold_at, partner=deal.partner_ref)
    return Commission(
        enrollment=deal, partner_ref=deal.partner_ref, order_ref=line.order.public_id, line_ref=line.public_id,
        attribution_ref=f"att_{line.order.number}", contract_version=deal.contract_versions.all()[0], rule="ten",
        net_minor=line.gross_minor, base_minor=line.gross_minor, amount_minor=apply_rate(line.gross_minor, BOOKED),
        currency="EUR", inputs=inputs_of(facts), state="payable", accrued_at=sold_at, matures_at=sold_at,
        payable_at=sold_at,
    )  # fmt: skip


def _chunks() -> Iterator[list[Commission]]:
    after = 0
    while rows := list(Commission.objects.filter(pk__gt=after).defer("explanation").order_by("pk")[:AT_ONCE]):
        yield rows
        after = rows[-1].pk
