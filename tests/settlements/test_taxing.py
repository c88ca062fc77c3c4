"""Rates of VAT as data: the table that is built in, and what operators say of later changes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel.errors import InvalidInput
from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from tenant_apps.settlements.actions import close_period, say_vat_rate
from tenant_apps.settlements.models import Settlement, VatRate
from tenant_apps.settlements.rules.tax import Taxable, vat_on_commission
from tenant_apps.settlements.rules.vat_rates import EU, KNOWN_SINCE, standard_rate
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


def test_what_was_said_holds_from_its_day_on_and_the_last_word_counts() -> None:
    said = [("DE", date(2026, 7, 1), Decimal("0.16")), ("DE", date(2026, 7, 1), Decimal("0.18"))]
    rates = [vat_on_commission(brand=GERMAN, partner=GERMAN, on=on, said=said).rate
             for on in (date(2026, 6, 30), date(2026, 7, 1))]  # fmt: skip
    assert rates == [Decimal("0.19"), Decimal("0.18")]
    unknown = Taxable("US", "12"), date(2026, 7, 1)
    assert vat_on_commission(brand=unknown[0], partner=unknown[0], on=unknown[1]).treatment is VatTreatment.RATE_UNKNOWN
    known = vat_on_commission(brand=unknown[0], partner=unknown[0], on=unknown[1], said=[("US", *said[0][1:])])
    assert (known.treatment, known.rate) == (VatTreatment.DOMESTIC, Decimal("0.16"))


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
        ("rate", "0.1234567"), ("starts_on", date(2023, 12, 31)),
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
    for _number in range(3):
        assert finance.post("/vat-rates", **said)[0] == 200
        with CaptureQueriesContext(connection) as queries:
            status, found = looking.get("/vat-rates")
        asked.append(len(queries))
        assert (status, found["items"][0]["rate"]) == (200, "0.210000")
    assert len(set(asked)) == 1
    with brand_entered(aurora):
        assert VatRate.objects.count() == 3
