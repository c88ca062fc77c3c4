"""The world of one step: carried on from the step before, or opened from what stood when the period began."""

from typing import Any

from tenant_apps.commissions.queries import paid_for_customers, purse_before, standing_before
from tenant_apps.commissions.rules import CapScope, Standing, World, window_of
from tenant_apps.commissions.rules import Counter as Periods
from tenant_apps.reports.models import Simulation
from tenant_apps.reports.queries.replaying import Chunk, Scope, read_version, simulated_for_customers


def world_of(simulation: Simulation, scope: Scope, chunk: Chunk) -> World:
    """Return what the deals of a chunk have seen by its first event."""
    carried = simulation.carried
    world = World(scope.span)
    for deal, currency, told in carried.get("standings", []):
        world.standings[deal, currency] = Standing.read(told)
    for partner, currency, purse in carried.get("purses", []):
        world.purses[partner, currency] = dict(purse)
    for (deal, currency), versions in chunk.agreed.items():
        world.versions[deal] |= {version.pk: read_version(version) for version in versions}
        if tried := scope.tried.get((deal, currency)):
            world.versions[deal][tried.key] = tried
    for (deal, _), tried in scope.tried.items():
        world.versions[deal].setdefault(tried.key, tried)
    for (deal, currency, partner), customers in _deals(scope, chunk).items():
        _open(world, deal, currency, partner)
        if any(cap.per is CapScope.CUSTOMER for version in world.versions[deal].values()
               for rule in version.contract.rules for cap in rule.limits.caps):  # fmt: skip
            _open_customers(world, simulation, deal, currency, customers)
    return world


def carried_by(world: World, periods: list[list[Any]]) -> dict[str, Any]:
    """Return what the next step needs to know, as JSON."""
    return {
        "standings": [[*deal, standing.as_dict()] for deal, standing in world.standings.items()],
        "purses": [[*purse, minor] for purse, minor in world.purses.items()],
        "periods": periods,
    }


def _deals(scope: Scope, chunk: Chunk) -> dict[tuple[int, str, str], set[int]]:
    """Return the partners' own deals that anything happens to, each with its customers."""
    found: dict[tuple[int, str, str], set[int]] = {}
    for order in chunk.orders.values():
        for line in order.originals:
            if line.enrollment_id in scope.own:
                key = (line.enrollment_id, line.currency, line.partner_ref)
                found.setdefault(key, set()).add(order.customer)
    return found


def _open(world: World, deal: int, currency: str, partner: str) -> None:
    if (partner, currency) not in world.purses:
        world.purses[partner, currency] = purse_before(partner_ref=partner, currency=currency, span=world.span)
    if (deal, currency) not in world.standings:
        looks_back = any(version.contract.looks_back for version in world.versions[deal].values())
        world.standings[deal, currency] = (
            standing_before(enrollment_id=deal, currency=currency, span=world.span) if looks_back else Standing()
        )


def _open_customers(world: World, simulation: Simulation, deal: int, currency: str, customers: set[int]) -> None:
    paid = world.standings[deal, currency].of_customers
    for rule, period, customer, minor in paid_for_customers(
        enrollment_id=deal, currency=currency, span=world.span, customers=customers
    ):
        paid[rule, period, customer] += minor
    for rule, sold_at, customer, minor in simulated_for_customers(simulation, deal, currency, customers):
        for counter in Periods:
            paid[rule, window_of(counter, sold_at, world.span.zone).key, customer] += minor
