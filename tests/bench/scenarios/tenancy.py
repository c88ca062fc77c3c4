"""What tenancy costs a request: one view with one query, with our tenancy, without any, and with stock django-tenants.

Three granian servers stand on one database; load from another process goes to one of them at a time, first
to one brand, then to many in random order. Without tenancy there is one schema, whatever host is asked.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.brands.actions import provision_brand
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.catalog.actions import create_product
from tests.bench import databases, load
from tests.bench.processes import Meter
from tests.bench.runner import Place
from tests.bench.samples import Limit, Ratio, Sample
from tests.bench.served import CANARY
from tests.bench.serving import database_url, serving

PATH = f"/{CANARY}"
SERVERS = {name: f"tests.bench.settings.{name}" for name in ("bare", "ours", "stock")}


def scenario() -> "Tenancy":
    """Return the scenario for the runner."""
    return Tenancy()


class Tenancy:
    """Sides `ours_one`, `bare_one`, `stock_one` and the same with `_many`: 50 brands (smoke: 4)."""

    name = "tenancy"
    unit = "requests"
    ratios = (
        Ratio("cost on one brand", "cpu", "ours_one", "bare_one", at_most=1.10),
        Ratio("cost over many brands", "cpu", "ours_many", "bare_many", at_most=1.25),
        Ratio("stock's cost on one brand", "cpu", "stock_one", "bare_one"),
        Ratio("stock's cost over many brands", "cpu", "stock_many", "bare_many"),
        Ratio("throughput against stock", "rate", "ours_one", "stock_one", at_least=2.5),
        Ratio("throughput against bare", "rate", "ours_one", "bare_one"),
    )
    limits: tuple[Limit, ...] = ()

    def setup(self, place: Place) -> None:
        """Provision the brands, give each a product whose name is its canary, start and warm the servers."""
        self.place, self.stack = place, ExitStack()
        self.seconds = place.sized(smoke=1, full=4)
        database = f"{place.database}_tenancy"
        databases.copy(place.owner, place.database, database)
        databases.use(database)
        brands = [_brand_with_canary(number) for number in range(place.sized(smoke=4, full=50))]
        databases.close()
        self.canaries = {f"tenancy-{number}.localhost": _canary(brand) for number, brand in enumerate(brands)}
        first = brands[0].schema_name
        self.one = dict(list(self.canaries.items())[:1])
        self.servers = self.stack.enter_context(
            serving(
                SERVERS,
                database_url=database_url(database),
                path=PATH,
                host=next(iter(self.one)),
                environment={"BENCH_SCHEMA": first, "PUBLIC_SCHEME": "http"},
            )
        )
        for server in SERVERS:
            self._load(server, self._expected(server, many=True))

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        return {
            f"{server}_{name}": lambda server=server, many=many: self._load(server, self._expected(server, many=many))  # type: ignore[misc]
            for name, many in (("one", False), ("many", True))
            for server in ("bare", "ours", "stock")
        }

    def verify(self) -> list[str]:
        """Ask our server and the stock one over all brands with a client that knows which host it asked."""
        wrong = []
        for server in ("ours", "stock"):
            port = self.servers[server][1]
            answers = load.ask(port=port, path=PATH, expected=self.canaries, seconds=self.seconds)
            if answers.wrong or answers.errors or not answers.operations:
                said = f"{answers.wrong} wrong, {answers.errors} errors of {answers.operations}"
                wrong.append(f"{server}: {said}: {answers.examples}")
        if len(set(self.canaries.values())) != len(self.canaries):
            wrong.append("two brands share a canary")
        return wrong

    def close(self) -> None:
        """Stop the servers."""
        self.stack.close()
        databases.use(self.place.database)

    def _expected(self, server: str, *, many: bool) -> dict[str, str]:
        expected = self.canaries if many else self.one
        if server == "bare":
            return dict.fromkeys(expected, next(iter(self.one.values())))
        return expected

    def _load(self, server: str, expected: dict[str, str]) -> Sample:
        process, port = self.servers[server]
        with Meter(process.pid, self.place.owner, self.place.database) as meter:
            answers = load.drive(port=port, path=PATH, expected=expected, seconds=self.seconds)
        said = f"{server}: {answers.wrong} answers of another brand, such as {answers.examples}"
        return Sample(
            operations=answers.operations, seconds=answers.seconds, p50=answers.p50, p99=answers.p99,
            errors=answers.errors, wrong=[said] if answers.wrong else [], **meter.figures(answers.operations),
        )  # fmt: skip


def _brand_with_canary(number: int) -> Brand:
    actor, at = system("bench"), utc_now()
    brand = provision_brand(
        name=f"Tenancy {number}", domain=f"tenancy-{number}.localhost", currency="EUR", timezone="Europe/Berlin",
        actor=actor, at=at,
    )  # fmt: skip
    with brand_entered(brand):
        create_product(code=CANARY, name=_canary(brand), kind="service", actor=actor, at=at)
    return brand


def _canary(brand: Brand) -> str:
    return f"canary-of-{brand.schema_name}"
