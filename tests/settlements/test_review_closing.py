"""Two at once: closes of a month with more lines than mature in one go, write-offs of one debt, batches."""

from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger.queries import balance
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.actions import (
    approve,
    approve_adjustment,
    close_period,
    closing,
    make_batch,
    propose_adjustment,
    propose_write_off,
)
from tenant_apps.settlements.models import Adjustment, Payout, Period, Settlement
from tenant_apps.settlements.states import BatchMethod
from tests.conftest import brand_named
from tests.settlements.books import ANNA, BEN, JULY, JUNE, MAY, clawed_back, earned, enrolled
from tests.settlements.paying_out import payable, paying
from tests.waiting import second_in_line


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
    brand = brand_named("Aurora")
    with brand_entered(brand):
        nord = enrolled(brand)
        clawed_back(earned(nord, 0, MAY), 700, MAY)
        Enrollment.objects.update(state="ended")
        for _ in range(2):
            propose_write_off(partner_ref=nord.partner_ref, currency="EUR", reason="Left", actor=ANNA, at=JUNE)

    told = second_in_line(
        brand, lambda: approve_adjustment(adjustment=Adjustment.objects.first(), actor=BEN, at=JUNE),
        lambda: approve_adjustment(adjustment=Adjustment.objects.last(), actor=BEN, at=JUNE),
    )  # fmt: skip
    with brand_entered(brand):
        assert (told, balance(f"partner_payable:{nord.partner_ref}", "EUR")) == ("nothing_to_write_off", 0)


def test_of_two_approvals_the_second_is_told_that_it_is_approved(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        earned(enrolled(brand), 700, MAY)
        close_period(label="2026-05", actor=ANNA, at=JUNE)
        settlement = Settlement.objects.get()
    deed: dict[str, Any] = {"settlement": settlement, "actor": BEN, "at": JUNE}
    told = second_in_line(brand, lambda: approve(**deed), lambda: approve(**deed))
    assert told == "illegal_transition"


def test_of_two_batches_the_second_finds_nothing_left(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        payable(brand, 700)
        paying()
    deed: dict[str, Any] = {"method": BatchMethod.SEPA, "currency": "EUR", "actor": ANNA, "at": JUNE}
    told = second_in_line(brand, lambda: make_batch(**deed), lambda: make_batch(**deed))
    with brand_entered(brand):
        assert (told, Payout.objects.count()) == ("nothing_to_batch", 1)


def test_of_two_closes_the_second_opens_with_what_the_first_left(own_database: str) -> None:
    brand, april = brand_named("Aurora"), datetime(2026, 4, 12, tzinfo=UTC)
    with brand_entered(brand):
        nord = enrolled(brand)
        clawed_back(earned(nord, 100, april), 150, april)
        adjustment = propose_adjustment(
            partner_ref=nord.partner_ref, currency="EUR", amount_minor=30, reason="Costs", actor=ANNA, at=MAY
        )
        approve_adjustment(adjustment=adjustment, actor=BEN, at=MAY)
        earned(nord, 500, JUNE)
    closed: list[Period] = []

    def close(month: str) -> Period:
        return close_period(label=f"2026-{month}", actor=ANNA, at=JULY)

    again = second_in_line(brand, lambda: closed.append(close("04")), lambda: close("04"))
    assert [again] == closed
    second_in_line(brand, lambda: close("05"), lambda: close("06"))
    with brand_entered(brand):
        assert [(row.opening_minor, row.payout_minor) for row in Settlement.objects.order_by("pk")] == [
            (0, 0), (-50, 0), (-20, 480),
        ]  # fmt: skip
