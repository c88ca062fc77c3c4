"""Eight processes close the same three months, approve and pay them, and are killed again and again.

Whoever dies wherever: each line stands in one settlement, each settlement has one payout, the books balance.
"""

import multiprocessing
import random
import time
from collections import Counter
from multiprocessing.context import ForkServerProcess

import pytest

from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import balance, trial_balance
from tenant_apps.settlements.models import Payout, Period, Settlement, SettlementLine
from tenant_apps.settlements.proof import mismatches
from tests.conftest import brand_named
from tests.faults.closers import LABELS, close_and_pay, is_all_sent
from tests.settlements.books import JULY, JUNE, MAY, earned, enrolled

CLOSERS, STORMS, LINES = 8, 6, 40
PARTNERS = ("Nordlicht Media", "Studio Sur", "Hafen Blog")
pytestmark = pytest.mark.slow


def sold() -> Counter[str]:
    """Forty lines of each month, most still to mature; return what each partner is due in all."""
    due: Counter[str] = Counter()
    partners = [enrolled(brand_named("Aurora"), name) for name in PARTNERS]
    for number in range(LINES * len(LABELS)):
        partner, at = partners[number % 3], (MAY, JUNE, JULY)[number % 7 % 3]
        waiting = {"state": "confirmed", "confirmed_at": at, "payable_at": None} if number % 4 else {}
        earned(partner, 700 + number, at, **waiting)
        due[partner.partner_ref] += 700 + number
    return due


def started(database: str, seeds: list[int]) -> list[ForkServerProcess]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.closers"])
    processes = [context.Process(target=close_and_pay, args=(database, seed), daemon=True) for seed in seeds]
    for process in processes:
        process.start()
    return processes


def test_eight_closers_killed_at_random_settle_and_pay_each_line_once(own_database: str) -> None:
    chance, fell = random.Random(20261121), []
    with brand_entered(brand_named("Aurora")):
        due = sold()
        for storm in range(STORMS):
            closers = started(own_database, [chance.randrange(10**6) for _ in range(CLOSERS)])
            for closer in chance.sample(closers, CLOSERS):
                wait_for_more(storm)
                time.sleep(chance.random() * 0.05)
                closer.kill()
                fell.append(not is_all_sent())
            for closer in closers:
                closer.join()
                assert closer.exitcode in (-9, 0), closer.exitcode
        calm = started(own_database, [chance.randrange(10**6) for _ in range(CLOSERS)])
        for closer in calm:
            closer.join()
        assert [closer.exitcode for closer in calm] == [0] * CLOSERS
        assert sum(fell) >= CLOSERS, "the kills must fall while there is work"

        assert sorted(Period.objects.values_list("label", "state")) == [(label, "closed") for label in LABELS]
        settled = list(SettlementLine.objects.values_list("commission_id", flat=True))
        assert sorted(settled) == sorted(Commission.objects.values_list("pk", flat=True))
        assert len(settled) == LINES * len(LABELS)
        payouts = list(Payout.objects.values_list("settlement_id", "attempt", "amount_minor", "state"))
        assert sorted(payouts) == [
            (each.pk, 1, each.payout_minor, "in_transit") for each in Settlement.objects.order_by("pk")
        ]
        for partner, minor in due.items():
            assert balance(chart.payout_in_transit(partner).code, "EUR") == minor
            assert balance(chart.partner_payable(partner).code, "EUR") == 0
        assert sum(row.signed_minor for row in trial_balance()) == 0
        assert list(mismatches()) == []


def wait_for_more(storm: int) -> None:
    """Let the first storm strike at once, and the later ones when a step more is done than before, or all is."""
    steps = Period.objects.filter(state="closed").count() + Payout.objects.count()
    until = time.monotonic() + storm
    while steps == Period.objects.filter(state="closed").count() + Payout.objects.count():
        if time.monotonic() > until or is_all_sent():
            return
        time.sleep(0.005)
