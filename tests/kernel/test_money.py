"""Money keeps its currency, its decimals and every minor unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.currencies import exponent, is_currency
from kernel.errors import InvalidInput
from kernel.money import MixedCurrencies, Money

CURRENCIES = st.sampled_from(["EUR", "USD", "KRW", "JPY", "KWD", "BHD"])
MINORS = st.integers(-(10**18), 10**18)


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("JPY", 0),
        ("KRW", 0),
        ("EUR", 2),
        ("ALL", 2),
        ("KWD", 3),
        ("BHD", 3),
        ("IQD", 3),
        ("XCG", 2),
    ],
)
def test_each_currency_has_the_decimals_of_iso_4217(code: str, digits: int) -> None:
    assert exponent(code) == digits
    assert Money(1, code).exponent == digits


@pytest.mark.parametrize("code", ["eur", "EURO", "XXX", "XTS", "XAU", "QQQ", "", " EUR"])
def test_unknown_codes_are_refused(code: str) -> None:
    assert not is_currency(code)
    with pytest.raises(InvalidInput) as caught:
        Money(1, code)
    assert caught.value.field == "currency"


def test_a_code_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Money(1, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1), None])
def test_only_integers_are_amounts(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "EUR")  # type: ignore[arg-type]


def test_arithmetic_stays_in_the_currency() -> None:
    ten, three = Money(1000, "EUR"), Money(300, "EUR")
    assert ten + three == Money(1300, "EUR")
    assert three - ten == Money(-700, "EUR")
    assert -ten == Money(-1000, "EUR")
    assert abs(-ten) == ten
    assert three * 3 == 3 * three == Money(900, "EUR")
    assert three < ten
    assert ten >= three
    assert max(three, ten) == ten
    assert not Money.zero("EUR")
    assert ten


def test_two_currencies_never_meet() -> None:
    euro, won = Money(1, "EUR"), Money(1, "KRW")
    assert euro != won
    for combine in (lambda: euro + won, lambda: euro - won, lambda: euro < won):
        with pytest.raises(MixedCurrencies) as caught:
            combine()
        assert caught.value.details == {"left": "EUR", "right": "KRW"}


@pytest.mark.parametrize("other", [1, 1.0, "1 EUR", None])
def test_a_bare_number_is_no_money(other: object) -> None:
    with pytest.raises(TypeError):
        Money(1, "EUR") + other  # type: ignore[operator]


@pytest.mark.parametrize("factor", [0.5, True, Decimal(2)])
def test_only_whole_numbers_multiply(factor: object) -> None:
    with pytest.raises(TypeError):
        Money(1, "EUR") * factor  # type: ignore[operator]


@given(minor=MINORS, currency=CURRENCIES)
def test_decimal_text_round_trips(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse_decimal(f"{money.to_decimal():f}", currency) == money
    assert str(money) == f"{money.to_decimal()} {currency}"


def test_fewer_decimals_are_filled_and_more_are_refused() -> None:
    assert Money.parse_decimal("10.5", "EUR") == Money(1050, "EUR")
    assert Money.parse_decimal("-10", "KWD") == Money(-10000, "KWD")
    with pytest.raises(InvalidInput) as caught:
        Money.parse_decimal("1.005", "EUR", field="price")
    assert caught.value.errors == [{"field": "price", "message": "EUR has 2 decimals"}]
    with pytest.raises(InvalidInput):
        Money.parse_decimal("1.0", "JPY")


@pytest.mark.parametrize("text", ["", "1e3", "NaN", "+1", "1,5", ".5", "5.", " 1", "١", 5, None])
def test_unclear_amounts_are_refused(text: object) -> None:
    with pytest.raises(InvalidInput):
        Money.parse_decimal(text, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(123456, "EUR"), "de", "1.234,56\xa0€"),
        (Money(123456, "KRW"), "ko-KR", "₩123,456"),
        (Money(-5, "USD"), "en", "-$0.05"),
        (Money(1500, "ALL"), "en", "ALL15.00"),
        (Money(123456, "KWD"), "en", "KWD123.456"),
        (Money(10**32, "EUR"), "en", "€1" + ",000" * 10 + ".00"),
    ],
)
def test_format_follows_the_locale_with_the_decimals_of_the_currency(money: Money, locale: str, text: str) -> None:
    assert money.format(locale).replace("ALL\xa0", "ALL").replace("KWD\xa0", "KWD") == text
