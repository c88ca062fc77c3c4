"""Which payouts may leave and when, and shares of tax: each reason and each bound by itself. Pure."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kernel.errors import InvalidInput
from tenant_apps.settlements.rules.payouts import WAYS, Blocked, Readiness, banking_day, blocked_because
from tenant_apps.settlements.rules.tax import tax_on, typed_share
from tenant_apps.settlements.states import BatchMethod

AT = datetime(2026, 6, 12, 10, tzinfo=UTC)
READY = Readiness(gaps=(), way="bank", frozen_until=None, refused="")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("change", "blocked"),
    [
        ({}, None), ({"gaps": ("vat_id",)}, Blocked.PROFILE_INCOMPLETE), ({"way": "stripe"}, Blocked.OTHER_METHOD),
        ({"frozen_until": AT + SECOND}, Blocked.FROZEN), ({"frozen_until": AT}, None),
        ({"frozen_until": AT - SECOND}, None), ({"refused": "no SEPA country"}, Blocked.UNPAYABLE),
        ({"gaps": ("vat_id",), "frozen_until": AT + SECOND}, Blocked.PROFILE_INCOMPLETE),
        ({"frozen_until": AT + SECOND, "way": "stripe", "refused": "x"}, Blocked.FROZEN),
        ({"way": "stripe", "refused": "x"}, Blocked.OTHER_METHOD),
    ],
)  # fmt: skip
def test_the_first_reason_keeps_a_payout_out(change: dict[str, Any], blocked: Blocked | None) -> None:
    assert blocked_because(replace(READY, **change), method=BatchMethod.SEPA, at=AT) == blocked


def test_each_method_takes_those_who_want_it() -> None:
    for method, way in WAYS.items():
        found = {
            each: blocked_because(replace(READY, way=each), method=method, at=AT)
            for each in ("bank", "stripe", "manual")
        }
        assert [each for each, why in found.items() if why is None] == [way]


def test_banks_execute_on_weekdays() -> None:
    days = [banking_day(date(2026, 6, day)).day for day in range(8, 16)]  # the 8th is a Monday
    assert days == [8, 9, 10, 11, 12, 15, 15, 15]


@pytest.mark.parametrize(("text", "share"), [("0", "0"), ("1", "1"), ("0.000001", "0.000001"), ("0.19", "0.19")])
def test_a_share_is_read_from_nothing_to_all(text: str, share: str) -> None:
    assert typed_share(text, field="rate") == Decimal(share)


@pytest.mark.parametrize("text", ["-0.000001", "1.000001", "0.0000001", "nan", "inf", "-inf", "19 %", ""])
def test_what_is_no_share_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        typed_share(text, field="rate")
    assert refused.value.field == "rate"


def test_tax_is_summed_exactly_and_rounded_once() -> None:
    assert tax_on([(3, Decimal("0.5"))]) == 2
    assert tax_on([(1, Decimal("0.4")), (1, Decimal("0.4"))]) == 1
    assert tax_on([(1000, Decimal("0.19")), (-1000, Decimal("0.19"))]) == 0
