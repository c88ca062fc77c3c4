"""Two at once: closes of a month with more lines than mature in one go, write-offs of one debt."""

from threading import Barrier, Thread
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger.queries import balance
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.actions import approve_adjustment, close_period, closing, propose_write_off
from tenant_apps.settlements.errors import NothingToWriteOff
from tenant_apps.settlements.models import Adjustment, Settlement
from tests.conftest import brand_named
from tests.settlements.books import ANNA, BEN, JUNE, MAY, clawed_back, earned, enrolled


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


def test_of_two_write_offs_of_one_debt_the_second_sees_what_is_left(own_database: str) -> None:
    brand, told = brand_named("Aurora"), []
    with brand_entered(brand):
        nord = enrolled(brand)
        clawed_back(earned(nord, 0, MAY), 700, MAY)
        Enrollment.objects.update(state="ended")
        for _ in range(2):
            propose_write_off(partner_ref=nord.partner_ref, currency="EUR", reason="Left", actor=ANNA, at=JUNE)

    def approve_last() -> None:
        with brand_entered(brand):
            try:
                told.append(approve_adjustment(adjustment=Adjustment.objects.last(), actor=BEN, at=JUNE).state)
            except NothingToWriteOff as refused:
                told.append(refused.code)
        connection.close()

    other = Thread(target=approve_last)
    with brand_entered(brand), transaction.atomic(), connection.cursor() as cursor:
        approve_adjustment(adjustment=Adjustment.objects.first(), actor=BEN, at=JUNE)
        other.start()
        waiting = 0
        while other.is_alive() and not waiting:
            sleep(0.01)
            cursor.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
                "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
            )
            waiting = cursor.fetchone()[0]
    other.join()
    with brand_entered(brand):
        assert (told, balance(f"partner_payable:{nord.partner_ref}", "EUR")) == (["nothing_to_write_off"], 0)
