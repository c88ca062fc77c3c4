"""The law that a statement names: per country as data, in its own words, frozen with the statement."""

import csv
import io
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from tenant_apps.settlements.documents import csv_of, html_of
from tenant_apps.settlements.documents.wording import DIRECTIVES
from tenant_apps.settlements.rules.tax import Taxable, vat_on_commission
from tenant_apps.settlements.rules.vat_law import RECIPIENT_OWES, SMALL_IN_THE_EU, law_named
from tenant_apps.settlements.rules.vat_rates import EU
from tenant_apps.settlements.states import VatTreatment
from tests.settlements.books import JUNE, MAY, earned, enrolled
from tests.settlements.sample import sample
from tests.settlements.test_actions import issued, taxed

ON = date(2026, 5, 31)
COUNTRIES = st.sampled_from([*sorted(EU), "GB", "CH", "US", "KR"])
SIDES = st.builds(Taxable, COUNTRIES, st.sampled_from(["", "number"]))
PARTNERS = st.builds(
    Taxable, COUNTRIES, st.sampled_from(["", "number"]), st.sampled_from(["registered", "small_business"])
)


def told(partner: str, brand: str, status: str = "small_business", *, numbers: str = "both") -> tuple[str, str]:
    sides = Taxable(brand, "1" if numbers else ""), Taxable(partner, "1" if numbers == "both" else "", status)
    vat = vat_on_commission(brand=sides[0], partner=sides[1], on=ON)
    return vat.treatment, law_named(vat.treatment, place=vat.place, partner_country=partner)


@pytest.mark.parametrize(
    ("country", "law"),
    [
        ("AT", "§ 6 Abs. 1 Z 27 UStG 1994"), ("BE", "art. 56bis W.BTW / art. 56bis CTVA"), ("DE", "§ 19 UStG"),
        ("FR", "art. 293 B du CGI"), ("IT", "art. 1, commi 54-89, L. 190/2014"), ("NL", "art. 25 Wet OB 1968"),
        ("LU", "art. 57, paragraphe 1er, loi TVA du 12 février 1979"), ("PL", "art. 113 ustawy o VAT"),
        ("PT", "art. 53.º do CIVA"), ("IE", SMALL_IN_THE_EU), ("SE", SMALL_IN_THE_EU), ("ES", ""), ("CH", ""),
        ("KR", ""),
    ],
)  # fmt: skip
def test_a_small_business_is_exempt_by_its_own_countrys_law(country: str, law: str) -> None:
    assert told(country, country) == ("small_business", law)


@pytest.mark.parametrize(
    ("partner", "brand", "status", "numbers", "treatment", "law"),
    [
        ("PT", "DE", "registered", "both", "reverse_charge", RECIPIENT_OWES),
        ("AT", "DE", "small_business", "both", "reverse_charge", RECIPIENT_OWES),
        ("AT", "DE", "small_business", "brand", "small_business", SMALL_IN_THE_EU),
        ("AT", "DE", "registered", "brand", "vat_id_missing", ""),
        ("US", "DE", "registered", "brand", "reverse_charge", RECIPIENT_OWES),
        ("KR", "DE", "small_business", "brand", "reverse_charge", RECIPIENT_OWES),
        ("US", "DE", "registered", "", "vat_id_missing", ""),
        ("DE", "CH", "registered", "both", "outside_scope", ""),
        ("DE", "KR", "small_business", "brand", "outside_scope", ""),
    ],
)  # fmt: skip
def test_across_borders(partner: str, brand: str, status: str, numbers: str, treatment: str, law: str) -> None:
    assert told(partner, brand, status, numbers=numbers) == (treatment, law)


@given(SIDES, PARTNERS)
def test_a_law_is_named_only_where_it_holds(brand: Taxable, partner: Taxable) -> None:
    """Of the EU in the EU only; the recipient owes across a border only; where tax is added no law spares it."""
    vat = vat_on_commission(brand=brand, partner=partner, on=ON)
    law = law_named(vat.treatment, place=vat.place, partner_country=partner.country)
    assert vat.place == brand.country
    assert (vat.treatment == VatTreatment.DOMESTIC) == (vat.rate > 0)
    assert not law or (brand.country in EU and vat.rate == 0)
    assert (law == RECIPIENT_OWES) == (vat.treatment == VatTreatment.REVERSE_CHARGE)
    assert vat.treatment != VatTreatment.REVERSE_CHARGE or partner.country != brand.country
    if vat.treatment == VatTreatment.SMALL_BUSINESS and partner.country != brand.country:
        assert law in (SMALL_IN_THE_EU, "")
        assert partner.country in EU


@pytest.mark.parametrize(
    ("language", "law", "sentence"),
    [
        ("en", "§ 19 UStG", "No VAT: the partner is exempt as a small business (§ 19 UStG)."),
        ("es", "art. 293 B du CGI", "Sin IVA: el socio está exento como pequeña empresa (art. 293 B du CGI)."),
        ("es", SMALL_IN_THE_EU, "pequeña empresa (artículo 284 de la Directiva 2006/112/CE)."),
        ("ko", "§ 19 UStG", "부가가치세 없음: 파트너는 소규모 사업자로 면세됩니다(§ 19 UStG)."),
        ("en", "", "No VAT: the partner is exempt as a small business."),
    ],
)
def test_page_and_sheet_cite_the_law_in_its_own_words(language: str, law: str, sentence: str) -> None:
    snapshot = sample(language=language, vat_treatment="small_business", vat_place="DE", vat_law=law)
    assert sentence in re.sub(r"\s+", " ", html_of(snapshot))
    rows = {row["kind"]: row["title"] for row in csv.DictReader(io.StringIO(csv_of(snapshot)))}
    assert rows["vat_law"] == law
    assert sentence in rows["vat_reason"]


def test_the_directives_articles_are_those_that_are_translated() -> None:
    assert set(DIRECTIVES) == {RECIPIENT_OWES, SMALL_IN_THE_EU}


def test_an_issued_statement_keeps_the_law_it_named(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    taxed(in_aurora, nord.partner_ref, vat_id="DE136695976", status="small_business")
    earned(nord, 1000, MAY)
    statement = issued("2026-05", JUNE).statements.get()
    assert (statement.snapshot["vat_law"], statement.vat_minor) == ("§ 19 UStG", 0)
    with public_entered():
        Brand.objects.filter(pk=in_aurora.pk).update(country="FR")
    statement.refresh_from_db()
    assert "(§ 19 UStG)" in html_of(statement.snapshot)
