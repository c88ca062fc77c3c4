"""The worker is killed while orders are paid, webhooks come three times in any order, Redis forgets everything."""

import random
import time
from collections import Counter

import pytest

from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.models import Delivery
from tenant_apps.attribution.models import Attribution
from tenant_apps.commissions.models import Commission
from tenant_apps.console.management.story.browsing import until
from tenant_apps.console.management.story.plot import Story
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.ledger.models import Entry, Transfer
from tenant_apps.ledger.queries import trial_balance
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import Charge
from tests.running import Installation, together

ORDERS, KILLS, SILENCE, PATIENCE = 10, 8, 3.0, 240
pytestmark = pytest.mark.slow


def buy_all(story: Story) -> None:
    for number in range(ORDERS):
        story.place(
            story.cast.offers[number % 2], email=f"buyer{number}@example.com", name=f"Buyer {number}", by=story.visitor
        )


def done(cast: Cast) -> int:
    with brand_entered(cast.brand):
        return Delivery.objects.filter(state="done").count()


def kill_again_and_again(installation: Installation, cast: Cast) -> list[int]:
    """Kill the worker whenever a few more deliveries are done, so that it dies at work; return how far each got.

    However slow the machine is, each kill waits for work done since the one before, so no two fall on one point.
    """
    chance, got = random.Random(20261121), [done(cast)]
    for turn in range(KILLS):
        get_on(installation, cast, until_done=got[-1] + chance.randint(1, 12))
        time.sleep(chance.random() * 0.04)
        installation.kill_worker()
        # Nobody holds them any more: what died half-way is taken up at once, and dies again.
        installation.pass_leases(cast)
        got.append(done(cast))
        if turn % 2:
            installation.flush_redis()
        installation.stack.start_worker()
    return got[1:]


def get_on(installation: Installation, cast: Cast, *, until_done: int) -> None:
    """Wait for the worker to have done so many deliveries; ring where it is silent.

    The bells of all orders may have gone with Redis: without a new one nobody works, nobody dies at work.
    """
    seen, since = done(cast), time.monotonic()

    def is_done() -> bool:
        nonlocal seen, since
        now = done(cast)
        if now > seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > SILENCE:
            installation.ring(cast)
            since = time.monotonic()
        return now >= until_done

    until(is_done, what=f"{until_done} deliveries", seconds=PATIENCE)


def end_state(cast: Cast) -> dict[str, object]:
    """What the brand's books say in the end: everything that a second effect or a lost one would change."""
    with brand_entered(cast.brand):
        accounts: Counter[str] = Counter()
        for row in trial_balance():
            accounts[row.code.split(":")[0]] += row.signed_minor
        return {
            "orders": sorted(Order.objects.values_list("total_minor", "money_state")),
            "charges": sorted(Charge.objects.values_list("amount_minor", flat=True)),
            "attributions": Attribution.objects.count(),
            "commissions": sorted(Commission.objects.values_list("kind", "amount_minor", "state")),
            "accounts": dict(accounts),
            "entries": Entry.objects.count(),
            "transfers": Transfer.objects.count(),
        }


def test_a_killed_worker_ends_where_an_undisturbed_one_does(installation: Installation) -> None:
    calm, stormy = installation.cast(0, "calm"), installation.cast(0, "stormy")
    for cast in (calm, stormy):
        installation.story(cast).visit()
    undisturbed = installation.story(calm)
    undisturbed.visit()
    buy_all(undisturbed)
    installation.wait_until_sent()
    installation.wait_until_drained(calm)

    installation.knobs(duplicate=3, reorder=1.0)
    disturbed = installation.story(stormy)
    disturbed.visit()
    bought, got = together(lambda: buy_all(disturbed), lambda: kill_again_and_again(installation, stormy))
    installation.knobs(duplicate=1, reorder=0)
    assert bought is None, bought
    assert not isinstance(got, Exception), got
    assert len(set(got)) == KILLS, "the kills must fall at different points of the work"
    installation.wait_until_sent()
    # Whatever the lost bells announced is found when the next one rings; nobody waits for the sweeper, nor for a
    # lease that a database session of the last dead worker wrote after its death.
    installation.pass_leases(stormy)
    installation.ring(stormy)
    installation.ring(calm)
    installation.wait_until_drained(stormy)
    installation.wait_until_drained(calm)

    expected = end_state(calm)
    assert len(expected["charges"]) == ORDERS  # type: ignore[arg-type]
    assert expected["attributions"] == ORDERS
    assert sum(expected["accounts"].values()) == 0  # type: ignore[attr-defined]
    assert end_state(stormy) == expected
    with brand_entered(stormy.brand):
        assert set(Charge.objects.values_list("intent__order_ref", flat=True)) == set(
            Order.objects.values_list("public_id", flat=True)
        )
        assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
