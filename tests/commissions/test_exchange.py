"""Sales in another currency: converted only where the contract says so, at a rate that stays theirs for ever."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from shared_apps.brands.models import Brand
from tenant_apps.commissions.actions import record_exchange_rate
from tenant_apps.commissions.models import Commission, ExchangeRate
from tenant_apps.commissions.queries import recomputed_minor
from tenant_apps.commissions.rules import Exchange, Line
from tenant_apps.programs.actions import set_contract
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    assert_books_fit,
    books,
    lines,
    offer_at,
    paid_order,
    partner,
    refund,
    sum_of,
    visit,
)

Drain = Callable[[], int]
TODAY = AT.date()
TIERS = [{"id": "climb", "pay": {
    "kind": "tiered", "measure": "period_revenue", "mode": "all",
    "tiers": [{"from": 0, "rate": "0.10"}, {"from": 150_00, "rate": "0.20"}],
}}]  # fmt: skip


def rate(base: str, quote: str, text: str = "0.90", day: date = TODAY, **more: Any) -> ExchangeRate:
    wish = {"base": base, "quote": quote, "rate": Decimal(text), "day": day, "source": "ECB"} | more
    return record_exchange_rate(**wish, actor=FINANCE, at=AT)


def sold(currency: str, gross: int, rules: Any = TEN_PERCENT, **beside: Any) -> Any:
    nord = partner("nord")
    set_contract(enrollment=nord, currency="EUR", rules=rules, effective_from=AT - 30 * DAY, actor=FINANCE, at=AT,
                 **({"converts": True} | beside))  # fmt: skip
    visit("v", nord)
    return nord, paid_order(offer_at(gross, currency=currency), "v", currency=currency)


@pytest.mark.parametrize(
    ("base", "quote", "text", "minor", "converted"),
    [
        ("USD", "EUR", "0.90", 100_05, 90_05),  # 90.045 is rounded away from zero
        ("USD", "EUR", "0.90", -100_05, -90_05),
        ("JPY", "EUR", "0.0061", 10_000, 61_00),
        ("EUR", "JPY", "163.93", 61_00, 10_000),
        ("KWD", "JPY", "508.1", 1_000, 508),
        ("EUR", "KWD", "0.3333333333", 3_00, 1_000),
    ],
)
def test_decimals_of_currencies_are_minded(base: str, quote: str, text: str, minor: int, converted: int) -> None:
    assert Exchange(base, quote, Decimal(text), date(2026, 3, 10), "ECB").minor(minor) == converted


@given(
    st.integers(0, 10**15), st.integers(0, 10**15), st.decimals("0.0000000001", "999", places=10),
    st.sampled_from(["USD", "JPY", "KWD"]), st.sampled_from(["EUR", "KRW", "BHD"]),
)  # fmt: skip
def test_conversion_keeps_order_and_sign_and_nothing_is_nothing(
    less: int, more: int, rate: Decimal, base: str, quote: str
) -> None:
    exchange = Exchange(base, quote, rate, date(2026, 3, 10), "ECB")
    less, more = sorted((less, more))
    assert exchange.minor(0) == 0 <= exchange.minor(less) <= exchange.minor(more)
    assert exchange.minor(-more) == -exchange.minor(more)
    line = exchange.line(Line("1", "tea", gross_minor=more, discount_minor=less))
    assert 0 <= line.net_minor <= line.gross_minor


def test_a_sale_is_paid_at_the_rate_of_its_day_and_goes_back_at_the_same(in_aurora: Brand, drain: Drain) -> None:
    rate("USD", "EUR", "0.80", TODAY - 3 * DAY)
    rate("USD", "EUR", "0.90")
    nord, order = sold("USD", 100_00)
    drain()
    line = Commission.objects.get()
    assert (line.amount_minor, line.currency, line.base_minor, line.net_minor) == (9_00, "EUR", 90_00, 90_00)
    assert (line.sale_currency, line.exchange_rate) == ("USD", Decimal("0.90"))
    told = {step["code"]: step["facts"] for step in line.explanation}
    assert told["sold_for"] == {"amount": "100.00 USD"}
    assert told["exchange"] == {"base": "USD", "quote": "EUR", "units": "0.9", "day": "2026-03-10", "source": "ECB"}
    rate("USD", "EUR", "0.50")
    for ref, amount in (("ref_1", 40_00), ("ref_2", 60_00)):
        refund(order, amount, ref)
        drain()
    assert lines(order)[1:] == [("reversal", -3_60, "refunded"), ("reversal", -5_40, "refunded")]
    back = Commission.objects.filter(kind="reversal").first()
    assert back is not None
    assert (back.sale_currency, back.exchange_rate) == ("USD", Decimal("0.90"))
    assert {"code": "paid_by_customer", "facts": {"amount": "100.00 USD"}} in back.explanation
    assert (recomputed_minor(line), books(nord)) == (9_00, (0, 0, 0))
    assert_books_fit(nord)


def test_a_period_in_tiers_counts_converted_sales_and_gives_them_back_in_proportion(
    in_aurora: Brand, drain: Drain
) -> None:
    rate("USD", "EUR", "0.90")
    nord, order = sold("USD", 200_00, TIERS)
    drain()
    assert lines(order) == [("earning", 36_00, "pending")]  # 20 % of 180
    refund(order, 100_00)
    drain()
    # 90 are left: 10 % are 9, of the 18 that the sale keeps.
    assert sum_of(Commission.objects.all()) == 9_00
    assert all(recomputed_minor(line) == line.amount_minor for line in Commission.objects.filter(reverses=None))
    assert_books_fit(nord)


def test_the_last_rate_of_the_week_before_counts_and_no_older_one(in_aurora: Brand, drain: Drain) -> None:
    rate("USD", "EUR", "0.80", TODAY - 8 * DAY)
    rate("USD", "GBP", "0.70")
    _, order = sold("USD", 100_00)
    drain()
    line = Commission.objects.get()
    assert (line.amount_minor, line.currency, line.state, line.reason) == (0, "USD", "hold", "no_rate")
    assert line.explanation == [
        {"code": "no_exchange_rate", "facts": {"base": "USD", "quote": "EUR", "day": "2026-03-10"}}
    ]
    refund(order, 100_00)
    drain()
    assert sum_of(Commission.objects.all()) == 0


@pytest.mark.parametrize("converting", [0, 2])
def test_nothing_is_converted_silently(in_aurora: Brand, drain: Drain, converting: int) -> None:
    rate("USD", "EUR")
    rate("USD", "KRW", "1300")
    nord, _ = sold("USD", 100_00, converts=bool(converting))
    if converting == 2:  # in which of the two currencies? nobody said
        set_contract(enrollment=nord, currency="KRW", rules=TEN_PERCENT, effective_from=AT - 30 * DAY, converts=True,
                     actor=FINANCE, at=AT)  # fmt: skip
    drain()
    assert [(line.amount_minor, line.reason) for line in Commission.objects.all()] == [(0, "no_contract")]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"base": "XXX"}, "base"), ({"quote": "USD"}, "quote"), ({"rate": Decimal(0)}, "rate"),
        ({"rate": Decimal("NaN")}, "rate"), ({"rate": Decimal("0.12345678901")}, "rate"),
        ({"rate": Decimal(10**9)}, "rate"), ({"day": TODAY + 2 * DAY}, "day"),
        ({"day": date(1, 1, 1)}, "day"), ({"source": " "}, "source"),
    ],
)  # fmt: skip
def test_a_wrong_rate_is_named_and_not_recorded(in_aurora: Brand, wish: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        record_exchange_rate(
            **({"base": "USD", "quote": "EUR", "rate": Decimal(1), "day": TODAY, "source": "ECB"} | wish),
            actor=FINANCE, at=AT,
        )  # fmt: skip
    assert refused.value.field == field
    assert ExchangeRate.objects.count() == 0
