"""How long a new brand takes beside 10 others and beside 300, ours against the stock way.

Two databases stand side by side, so that both sizes are measured within one round. Every brand made in a
round is removed again outside the measured time: the sizes stay. *Stock* is what django-tenants does:
create the schema, then run all migrations in it.
"""

import os
import time
from collections.abc import Callable, Mapping

from django.core.management import call_command
from django.core.management.commands.migrate import Command as CoreMigrate
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.brands.actions import provision_brand
from shared_apps.brands.migrating import TEMPLATE
from shared_apps.brands.models import Brand
from shared_apps.brands.postgresql.base import role_of
from tests.bench import catalogs, databases
from tests.bench.processes import Meter
from tests.bench.runner import Place
from tests.bench.samples import Limit, Ratio, Sample

STOCK_SCHEMA = "bench_stock"


def scenario() -> "Provisioning":
    """Return the scenario for the runner."""
    return Provisioning()


class Provisioning:
    """Sides `ours_few`, `stock_few`, `ours_many`, `stock_many`: 10 and 300 brands (smoke: 2 and 6)."""

    name = "provisioning"
    unit = "brands"
    ratios = (
        Ratio("flat from few to many", "seconds", "ours_many", "ours_few", at_most=2.0),
        Ratio("stock against ours, few", "seconds", "stock_few", "ours_few", at_least=10.0),
        Ratio("stock against ours, many", "seconds", "stock_many", "ours_many", at_least=10.0),
    )
    limits = (
        Limit("a brand beside few", "ours_few", 1.0),
        Limit("a brand beside many", "ours_many", 1.0),
    )

    def setup(self, place: Place) -> None:
        """Make the database with few brands, then its copy with many."""
        self.place = place
        self.sizes = {"few": place.sized(smoke=2, full=10), "many": place.sized(smoke=6, full=300)}
        self.each_round = place.sized(smoke=1, full=3)
        self.made = 0
        databases.copy(place.owner, place.database, self._database("few"))
        self._fill("few", already=0)
        databases.copy(place.owner, self._database("few"), self._database("many"))
        self._fill("many", already=self.sizes["few"])

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        return {
            "ours_few": lambda: self._ours("few"),
            "stock_few": lambda: self._stock("few"),
            "ours_many": lambda: self._ours("many"),
            "stock_many": lambda: self._stock("many"),
        }

    def verify(self) -> list[str]:
        """Compare a provisioned schema with a migrated one, its rows with the template's, and try its rights."""
        wrong = []
        for size in self.sizes:
            databases.use(self._database(size))
            brand = self._provision()
            other = Brand.objects.using("owner").exclude(pk=brand.pk).earliest("pk")
            _migrate_stock()
            wrong += catalogs.differences(STOCK_SCHEMA, brand.schema_name)
            wrong += catalogs.other_rows(TEMPLATE, brand.schema_name)
            wrong += catalogs.foreign_keys_that_leave(brand.schema_name)
            wrong += catalogs.wrong_rights(brand, other)
            wrong += [f"{table} is unlogged" for table in databases.unlogged_tables()]
            count = Brand.objects.using("owner").count()
            if count != self.sizes[size] + 1:
                wrong.append(f"{count - 1} brands stood in the database of {self.sizes[size]}")
        return wrong

    def close(self) -> None:
        """Nothing runs; the databases go with the run."""
        databases.use(self.place.database)

    def _ours(self, size: str) -> Sample:
        databases.use(self._database(size))
        return self._timed(self.each_round, self._provision, _remove)

    def _stock(self, size: str) -> Sample:
        databases.use(self._database(size))
        return self._timed(1, _migrate_stock, lambda _: _drop_schema(STOCK_SCHEMA))

    def _timed[T](self, times: int, make: Callable[[], T], remove: Callable[[T], None]) -> Sample:
        connections["owner"].ensure_connection()
        taken: list[float] = []
        made: list[T] = []
        with Meter(os.getpid(), self.place.owner, self.place.database) as meter:
            for _ in range(times):
                began = time.perf_counter()
                made.append(make())
                taken.append(time.perf_counter() - began)
        for each in made:
            remove(each)
        return Sample(operations=times, seconds=sum(taken), latencies=taken, **meter.figures(times))

    def _database(self, size: str) -> str:
        return f"{self.place.database}_{size}"

    def _fill(self, size: str, *, already: int) -> None:
        databases.use(self._database(size))
        for number in range(already, self.sizes[size]):
            self._provision()
            if number and number % 50 == 0:
                self.place.say(f"  {number} of {self.sizes[size]} brands")

    def _provision(self) -> Brand:
        self.made += 1
        return provision_brand(
            name=f"Bench {self.made}", domain=f"bench-{self.made}.localhost", currency="EUR", timezone="Europe/Berlin",
            actor=system("bench"), at=utc_now(),
        )  # fmt: skip


def _migrate_stock() -> None:
    owner = connections["owner"]
    owner.set_schema_to_public()
    with owner.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(STOCK_SCHEMA)))
    owner.set_schema(STOCK_SCHEMA, include_public=False)
    MigrationRecorder(owner).ensure_schema()
    owner.set_schema(STOCK_SCHEMA, include_public=True)
    call_command(CoreMigrate(), database="owner", verbosity=0, interactive=False, skip_checks=True)
    owner.set_schema_to_public()


def _remove(brand: Brand) -> None:
    _drop_schema(brand.schema_name)
    brand.theme.delete(using="owner")
    brand.domains.all().using("owner").delete()
    Brand.objects.using("owner").filter(pk=brand.pk)._raw_delete("owner")
    with connections["owner"].cursor() as cursor:
        role = sql.Identifier(role_of(brand.schema_name))
        # An owner that is no superuser has to be of a role to drop what it owns.
        cursor.execute(
            sql.SQL("GRANT {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}").format(role=role)
        )


def _drop_schema(schema: str) -> None:
    connections["owner"].set_schema_to_public()
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
