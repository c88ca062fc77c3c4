"""Rates of VAT as data: the table that is built in, and what operators say of later changes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from tenant_apps.settlements.actions import close_period, end_vat_rate, say_vat_rate
from tenant_apps.settlements.models import Settlement, VatRate
from tenant_apps.settlements.queries import said_rates
from tenant_apps.settlements.rules.tax import Taxable, vat_on_commission
from tenant_apps.settlements.rules.vat_rates import EU, KNOWN_SINCE, Said, in_the_way, standard_rate
from tenant_apps.settlements.states import VatTreatment
from tests.settlements.books import ANNA, JUNE, MAY, earned, enrolled
from tests.settlements.test_actions import taxed
from tests.settlements.test_api import Asking

GERMAN = Taxable("DE", "DE136695976")


@pytest.mark.parametrize(
    ("country", "on", "rate"),
    [
        ("DE", date(2026, 5, 31), "0.19"), ("LU", date(2024, 1, 1), "0.17"), ("LU", date(2023, 12, 31), None),
        ("FI", date(2024, 8, 31), "0.24"), ("FI", date(2024, 9, 1), "0.255"),
        ("SK", date(2024, 12, 31), "0.20"), ("SK", date(2025, 1, 1), "0.23"),
        ("EE", date(2025, 6, 30), "0.22"), ("EE", date(2025, 7, 1), "0.24"),
        ("RO", date(2025, 7, 31), "0.19"), ("RO", date(2025, 8, 1), "0.21"),
        ("US", date(2026, 5, 31), None),
    ],
)  # fmt: skip
def test_the_table_knows_when_rates_changed(country: str, on: date, rate: str | None) -> None:
    assert standard_rate(country, on) == (None if rate is None else Decimal(rate))


def test_every_member_state_has_a_rate_of_the_directive() -> None:
    """Article 97 of Directive 2006/112/EC: at least 15 %."""
    rates = [standard_rate(country, KNOWN_SINCE) for country in EU]
    assert len(rates) == 27
    assert all(rate is not None and Decimal("0.15") <= rate <= Decimal("0.27") for rate in rates)


def test_what_was_said_holds_from_its_day_until_it_ends() -> None:
    said = [
        Said("DE", date(2026, 7, 1), Decimal("0.16"), date(2027, 1, 1)),
        Said("US", date(2026, 7, 1), Decimal("0.05")),
    ]
    days = (date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 1))
    rates = [vat_on_commission(brand=GERMAN, partner=GERMAN, on=on, said=said).rate for on in days]
    assert rates == [Decimal("0.19"), Decimal("0.16"), Decimal("0.16"), Decimal("0.19")]
    american = Taxable("US", "12")
    unknown, known = (vat_on_commission(brand=american, partner=american, on=on, said=said) for on in days[:2])
    assert unknown.treatment is VatTreatment.RATE_UNKNOWN
    assert (known.treatment, known.rate) == (VatTreatment.DOMESTIC, Decimal("0.05"))


DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
SPANS = st.lists(st.tuples(st.sampled_from(["DE", "FR"]), DAYS, st.none() | DAYS), max_size=8)


@given(SPANS)
def test_of_what_may_begin_at_most_one_holds_on_a_day(spans: list[tuple[str, date, date | None]]) -> None:
    said: list[Said] = []
    for country, starts_on, ends_on in spans:
        if in_the_way(country, starts_on, said) is None:
            said.append(Said(country, starts_on, Decimal("0.1"), ends_on and max(starts_on, ends_on)))
    for on in {day for _, *days in spans for day in days if day}:
        for country in ("DE", "FR"):
            assert sum(each.country == country and each.holds_on(on) for each in said) <= 1


def test_the_close_takes_the_rate_that_was_said(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    taxed(in_aurora, nord.partner_ref, vat_id="DE136695976")
    earned(nord, 1000, MAY)
    say_vat_rate(country="DE", rate="0.20", starts_on=date(2026, 5, 31), source="BGBl. 2026 I", actor=ANNA, at=MAY)
    close_period(label="2026-05", actor=ANNA, at=JUNE)
    assert Settlement.objects.get().vat_minor == 200


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("country", "de"), ("country", "DEU"), ("rate", "19 %"), ("rate", "1.1"), ("rate", "-0.1"), ("rate", "NaN"),
        ("rate", "0.1234567"), ("starts_on", date(2023, 12, 31)), ("starts_on", date(9999, 1, 1)),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_field(in_aurora: Any, field: str, wrong: Any) -> None:
    told: dict[str, Any] = {"country": "DE", "rate": "0.19", "starts_on": date(2026, 1, 1)} | {field: wrong}
    with pytest.raises(InvalidInput) as refused:
        say_vat_rate(**told, source="law", actor=ANNA, at=MAY)
    assert (refused.value.errors[0]["field"], VatRate.objects.count()) == (field, 0)


def test_finance_says_rates_and_three_are_listed_as_fast_as_one(aurora: Any) -> None:
    finance, looking, asked = Asking(aurora, Role.FINANCE), Asking(aurora, Role.OPERATIONS), []
    looking.get("/vat-rates")
    said = {"country": "FR", "rate": "0.21", "starts_on": "2026-01-01", "source": "Loi de finances 2026"}
    assert looking.post("/vat-rates", **said)[0] == 403
    assert finance.post("/vat-rates", **(said | {"starts_on": "soon"}))[0] == 422
    for country in ("FR", "US", "CA"):
        assert finance.post("/vat-rates", **(said | {"country": country}))[0] == 200
        with CaptureQueriesContext(connection) as queries:
            status, found = looking.get("/vat-rates")
        asked.append(sum('"settlements_' in query["sql"] for query in queries))
        assert (status, found["items"][0]["rate"], found["items"][0]["ends_on"]) == (200, "0.210000", None)
    assert len(set(asked)) == 1


def test_a_rate_beside_another_is_refused_until_that_one_ends(aurora: Any) -> None:
    finance, looking = Asking(aurora, Role.FINANCE), Asking(aurora, Role.OPERATIONS)
    said = {"country": "FR", "rate": "0.21", "starts_on": "2026-01-01", "source": "Loi de finances 2026"}
    first = finance.post("/vat-rates", **said)[1]
    for day in ("2025-06-01", "2026-01-01", "2026-09-01"):
        status, refused = finance.post("/vat-rates", **(said | {"starts_on": day}))
        told = (status, refused["code"], refused["details"]["field"])
        assert told == (409, "vat_rate_overlaps", "starts_on")
    path = f"/vat-rates/{first['id']}/end"
    assert looking.post(path, ends_on="2026-09-01")[0] == 403
    status, refused = finance.post(path, ends_on="2025-12-31")
    assert (status, refused["details"]["errors"][0]["field"]) == (422, "ends_on")
    assert finance.post(path, ends_on="2026-09-01")[1]["ends_on"] == "2026-09-01"
    assert finance.post(path, ends_on="2026-10-01")[1]["code"] == "vat_rate_ended"
    assert finance.post("/vat-rates", **(said | {"starts_on": "2026-09-01", "rate": "0.22"}))[0] == 200
    with brand_entered(aurora):
        days = [date(2026, 8, 31), date(2026, 9, 1)]
        assert [standard_rate("FR", on, said_rates()) for on in days] == [Decimal("0.21"), Decimal("0.22")]


def test_a_wrong_rate_ends_on_its_own_first_day_and_is_said_again(in_aurora: Any) -> None:
    told: dict[str, Any] = {"country": "DE", "starts_on": date(2026, 5, 31), "source": "law", "actor": ANNA, "at": MAY}
    wrong = say_vat_rate(rate="0.02", **told)
    end_vat_rate(rate=wrong, ends_on=wrong.starts_on, actor=ANNA, at=MAY)
    assert standard_rate("DE", date(2026, 6, 1), said_rates()) == Decimal("0.19")
    say_vat_rate(rate="0.20", **told)
    assert standard_rate("DE", date(2026, 6, 1), said_rates()) == Decimal("0.20")
