"""Two closes at once of a month with more lines than mature in one go: every line stands in that month."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.models import Commission
from tenant_apps.settlements.actions import close_period, closing
from tenant_apps.settlements.models import Settlement
from tests.conftest import brand_named
from tests.settlements.books import ANNA, JUNE, MAY, earned, enrolled


def test_closes_at_once_leave_no_line_of_the_month_behind(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "MATURED_AT_ONCE", 3)
    brand = brand_named("Aurora")
    with brand_entered(brand):
        nord = enrolled(brand)
        for _ in range(30):
            earned(nord, 100, MAY, state="confirmed", payable_at=None, confirmed_at=MAY)
    gate, failures = Barrier(4), []

    def run() -> None:
        try:
            with brand_entered(brand):
                gate.wait()
                close_period(label="2026-05", actor=ANNA, at=JUNE)
        except Exception as failure:  # noqa: BLE001
            failures.append(failure)
        finally:
            connection.close()

    threads: list[Any] = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with brand_entered(brand):
        assert failures == []
        assert Commission.objects.filter(settlement_line=None).count() == 0
        assert [row.earned_minor for row in Settlement.objects.all()] == [3000]
