"""A process that closes, approves and pays whatever it can, in an order of its own, until nothing is left."""

import random
from datetime import UTC, datetime

import django

django.setup()  # the fork server loads this module once; every closer is a fork of it

from kernel.errors import DomainError  # noqa: E402
from shared_apps.brands.entering import brand_entered  # noqa: E402
from tenant_apps.settlements.actions import (  # noqa: E402
    approve_period,
    close_period,
    issue_statement,
    request_payout,
)
from tenant_apps.settlements.models import Period, Settlement  # noqa: E402
from tests.conftest import brand_named, use_database  # noqa: E402
from tests.settlements.books import ANNA, BEN  # noqa: E402

LABELS = ("2026-05", "2026-06", "2026-07")
CLOSED_AT = datetime(2026, 8, 5, tzinfo=UTC)


def close_and_pay(database: str, seed: int) -> None:
    """Close the three months, approve them, send the payouts: each step beside others who do the same."""
    use_database(database)
    chance = random.Random(seed)
    with brand_entered(brand_named("Aurora")):
        while not is_all_sent():
            for step in chance.sample([close_some, approve_some, pay_some], 3):
                step(chance)


def is_all_sent() -> bool:
    """Every month is closed and every statement that pays has its payout."""
    unpaid = Settlement.objects.filter(payout_minor__gt=0, payout=None).exists()
    drafts = Settlement.objects.filter(state__in=["draft", "approved"]).exists()
    return Period.objects.filter(state="closed").count() == len(LABELS) and not unpaid and not drafts


def close_some(chance: random.Random) -> None:
    for label in chance.sample(LABELS, len(LABELS)):
        tried(lambda label=label: close_period(label=label, actor=ANNA, at=CLOSED_AT))  # type: ignore[misc]


def approve_some(chance: random.Random) -> None:
    periods = list(Period.objects.filter(settlements__state="draft").distinct())
    for period in chance.sample(periods, len(periods)):
        tried(lambda period=period: approve_period(period=period, actor=BEN, at=CLOSED_AT))  # type: ignore[misc]
    for settlement in Settlement.objects.filter(state="approved").order_by("pk"):
        tried(lambda each=settlement: issue_statement(settlement=each, at=CLOSED_AT))  # type: ignore[misc]


def pay_some(chance: random.Random) -> None:
    settlements = list(Settlement.objects.filter(state="issued", payout_minor__gt=0))
    for settlement in chance.sample(settlements, len(settlements)):
        tried(lambda each=settlement: request_payout(settlement=each, actor=ANNA, at=CLOSED_AT))  # type: ignore[misc]


def tried(step: "object") -> None:
    """Take a step; what another one did first, or what comes too early, is refused and no failure."""
    try:
        step()  # type: ignore[operator]
    except DomainError:
        return
