"""A partner's month across brands: by legal entity and currency, balanced, set off only where all agreed."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant_apps.settlements.documents import consolidated_csv
from tenant_apps.settlements.queries import Consolidated
from tenant_apps.settlements.rules.consolidated import Stated, consolidated, month_labels, month_of


def stated(brand: str = "Aurora", currency: str = "EUR", entity: str = "Aurora GmbH", **facts: object) -> Stated:
    told: dict[str, object] = {
        "entity": entity, "vat_id": "DE1", "brand_ref": f"brd_{brand}", "brand_name": brand, "statement_ref": "sta_1",
        "number": "ST-1", "version": 1, "period": "2026-05", "first_on": "2026-05-01", "last_on": "2026-05-31",
        "currency": currency, "opening_minor": 0,
        "payout_minor": 100, "closing_minor": 0, "sha256": "", "nets": False, "place": 1,
    } | facts  # fmt: skip
    told.setdefault("next_opening_minor", told["closing_minor"])
    return Stated(**told)  # type: ignore[arg-type]


def test_a_debt_is_set_off_within_one_entity_and_currency_when_all_agreed() -> None:
    rows = [
        stated(nets=True), stated("Hanok", nets=True, payout_minor=0, closing_minor=-30),
        stated("Hanok", "KRW", nets=True, payout_minor=0, closing_minor=-7),
        stated("Other", entity="Other Ltd", nets=True, payout_minor=0, closing_minor=-50),
    ]  # fmt: skip
    first, other = consolidated(rows)
    assert [(part.currency, part.payout_minor, part.owed_back_minor, part.netted_minor) for part in first.parts] == [
        ("EUR", 100, -30, 70), ("KRW", 0, -7, None),
    ]  # fmt: skip
    assert (other.name, other.parts[0].netted_minor) == ("Other Ltd", None)
    [entity] = consolidated([rows[0], stated("Hanok", payout_minor=0, closing_minor=-30)])
    assert entity.parts[0].netted_minor is None
    debts = [stated(name, nets=True, payout_minor=0, closing_minor=-30) for name in ("Aurora", "Hanok")]
    assert consolidated(debts)[0].parts[0].netted_minor is None


def test_two_periods_of_one_brand_open_with_the_first_and_close_with_the_last() -> None:
    halves = [
        stated(period="2026-05-H1", place=1, payout_minor=0, closing_minor=-40, next_opening_minor=0),
        stated(period="2026-05-H2", place=2, opening_minor=0, payout_minor=60),
    ]
    [entity] = consolidated(reversed(halves))
    [part] = entity.parts
    assert [row.period for row in part.rows] == ["2026-05-H1", "2026-05-H2"]
    assert (part.opening_minor, part.moved_minor, part.written_off_minor) == (0, 20, 40)
    assert (part.payout_minor, part.closing_minor, part.owed_back_minor) == (60, 0, 0)


MINOR = st.integers(-(10**15), 10**15)
ROWS = st.lists(
    st.builds(
        stated, brand=st.sampled_from("ABC"), currency=st.sampled_from(["EUR", "KRW", "KWD"]),
        entity=st.sampled_from(["X", "Y"]), opening_minor=MINOR, payout_minor=st.integers(0, 10**15),
        closing_minor=MINOR, nets=st.booleans(), place=st.integers(1, 99),
    ),
    max_size=12,
)  # fmt: skip


@given(ROWS)
def test_every_row_stands_once_every_part_balances_and_the_sheet_says_the_same(rows: list[Stated]) -> None:
    told = Consolidated(partner_ref="par_1", partner_name="Nord", month="2026-05", entities=consolidated(rows))
    parts = [part for entity in told.entities for part in entity.parts]
    assert sorted((row for part in parts for row in part.rows), key=repr) == sorted(rows, key=repr)
    for part in parts:
        assert {row.currency for row in part.rows} == {part.currency}
        assert len({row.entity for row in part.rows}) == 1
        ends = part.opening_minor + part.moved_minor + part.written_off_minor - part.payout_minor
        assert ends == part.closing_minor
        agreed = all(row.nets for row in part.rows) and len({row.brand_ref for row in part.rows}) > 1
        owes = part.payout_minor > 0 > part.owed_back_minor
        assert part.netted_minor == (part.payout_minor + part.owed_back_minor if agreed and owes else None)
    sheet = list(csv.DictReader(io.StringIO(consolidated_csv(told))))
    totals = [Decimal(row["payout"]) for row in sheet if row["kind"] == "total"]
    for part, total in zip(parts, totals, strict=True):
        lines = [row for row in sheet if row["kind"] == "statement" and row["currency"] == part.currency]
        assert total in (sum(Decimal(line["payout"]) for line in lines), total)
        digits = {"EUR": 2, "KRW": 0, "KWD": 3}[part.currency]
        assert total.scaleb(digits) == part.payout_minor


@pytest.mark.parametrize("label", ["2026-05", "2026-05-H1", "2026-05-H2", "2026-W19", "2026-W22"])
def test_a_period_belongs_to_the_month_of_its_last_day(label: str) -> None:
    assert month_of(label) == "2026-05"
    assert label in month_labels("2026-05")


@given(st.integers(2020, 2040), st.integers(1, 12))
def test_every_week_belongs_to_one_month(year: int, month: int) -> None:
    name = f"{year}-{month:02}"
    labels = month_labels(name)
    assert 7 <= len(labels) <= 8
    assert {month_of(label) for label in labels} == {name}
