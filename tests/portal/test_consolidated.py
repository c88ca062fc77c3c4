"""The consolidated statement on the partner host: own figures only, equal on page, PDF and sheet, few questions."""

import csv
import io
import re
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.draining import drain_schema
from shared_apps.partners.actions import set_terms
from shared_apps.partners.models import Partner, PartnerBrand
from tests.portal.visiting import PARTNERS, Browser, joined, signed_in, user_of
from tests.settlements.books import ANNA, MAY, clawed_back, earned
from tests.settlements.paying_out import issued_for


def issued(brand: Brand, *amounts: tuple[Any, int], currency: str = "EUR") -> None:
    with brand_entered(brand):
        issued_for(*amounts, currency=currency)
        while drain_schema():
            pass


def two_brands(aurora: Brand, hanok: Brand) -> None:
    """Nord earned 17.00 EUR at Aurora and 900 KRW at Hanok, where Sued earned, too."""
    issued(aurora, (joined(aurora), 1700))
    issued(hanok, (joined(hanok), 900), (joined(hanok, "Sued Media"), 555), currency="KRW")


def test_a_month_shows_each_brands_own_figures_on_page_sheet_and_pdf(client: Browser, aurora: Any, hanok: Any) -> None:
    two_brands(aurora, hanok)
    with public_entered():
        user_of(Partner.objects.get(name="Nordlicht Media"))
    signed_in(client)
    page = client.get("/statement/", headers=PARTNERS).content.decode()
    for told in ("€17.00", "₩900", "Aurora", "Hanok", f"/enter/{aurora.public_id}/?next=%2Fportal%2Fstatements%2Fsta_"):
        assert told in page, told
    assert "555" not in page
    with public_entered():
        PartnerBrand.objects.filter(partner__name="Nordlicht Media", brand=aurora).update(active=False)
    left = client.get("/statement/", headers=PARTNERS).content.decode()
    ways = [f"/enter/{brand.public_id}/?next" in left for brand in (aurora, hanok)]
    assert ("€17.00" in left, ways) == (True, [False, True])
    sheet = client.get("/statement.csv?month=2026-05", headers=PARTNERS)
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode())))
    assert [(row["kind"], row["brand"], row["payout"], row["currency"]) for row in rows] == [
        ("statement", "Aurora", "17.00", "EUR"), ("total", "", "17.00", "EUR"),
        ("statement", "Hanok", "900", "KRW"), ("total", "", "900", "KRW"),
    ]  # fmt: skip
    paper = client.get("/statement.pdf?month=2026-05", headers=PARTNERS)
    text = "".join(leaf.extract_text() for leaf in PdfReader(io.BytesIO(paper.getvalue())).pages)
    for told in ("17.00", "900", rows[0]["statement"], rows[2]["sha256"][:12]):
        assert told in text, told
    for nowhere in ("/statement/?month=May", "/statement.csv?month=2026-13", "/statement.pdf?month=x"):
        assert client.get(nowhere, headers=PARTNERS).status_code == 404


def test_who_is_nobodys_partner_or_not_signed_in_sees_nothing(client: Browser, aurora: Any, hanok: Any) -> None:
    two_brands(aurora, hanok)
    assert client.get("/statement/", headers=PARTNERS).status_code == 302
    with public_entered():
        user_of(Partner.objects.get(name="Sued Media"))
    signed_in(client)
    page = client.get("/statement/", headers=PARTNERS).content.decode()
    assert ("₩555" in page, "17.00" in page, "₩900" in page) == (True, False, False)
    assert client.get("/statement/", headers={"host": "aurora.localhost"}).status_code == 404


def test_debts_are_set_off_between_brands_of_one_entity_once_both_agreed(
    client: Browser, aurora: Any, hanok: Any
) -> None:
    with public_entered():
        Brand.objects.update(legal_name="Aurora Journeys GmbH", vat_id="DE136695976")
    for brand in (aurora, hanok):
        brand.refresh_from_db()
    issued(aurora, (joined(aurora), 1700))
    deal = joined(hanok, currency="EUR")
    with brand_entered(hanok):
        clawed_back(earned(deal, 100, MAY), 600, MAY)
    issued(hanok, (deal, 100))
    with public_entered():
        user_of(Partner.objects.get(name="Nordlicht Media"))
    signed_in(client)

    def net() -> str:
        sheet = client.get("/statement.csv?month=2026-05", headers=PARTNERS).content.decode()
        [total] = [row for row in csv.DictReader(io.StringIO(sheet)) if row["kind"] == "total"]
        return f"{total['payout']} {total['owed_back']} {total['netted']}"

    shown = "which leaves €13.00"
    for brand in (aurora, hanok):
        with brand_entered(brand):
            set_terms(
                brand=brand, partner_ref=deal.partner_ref, withholding_rate=Decimal(0), netting=True, actor=ANNA, at=MAY
            )
    for brand in (aurora, hanok):
        assert (net(), shown in client.get("/statement/", headers=PARTNERS).text) == ("17.00 -4.00 ", False)
        told = client.get("/profile/", headers=PARTNERS).text
        path = f"/profile/netting/{brand.public_id}"
        [words] = re.findall(rf'{path}/agree/".+?value="([0-9a-f]{{64}})"', told, re.DOTALL)
        assert client.post(f"{path}/agree/", {"shown": "0" * 64}, headers=PARTNERS).status_code == 302
        assert client.post(f"{path}/agree/", {"shown": words}, headers=PARTNERS).status_code == 302
    assert (net(), shown in client.get("/statement/", headers=PARTNERS).text) == ("17.00 -4.00 13.00", True)
    paper = client.get("/statement.pdf?month=2026-05", headers=PARTNERS).getvalue()
    assert "leaves 13.00 EUR" in " ".join(PdfReader(io.BytesIO(paper)).pages[0].extract_text().split())
    assert client.post("/profile/netting/brd_nobody/agree/", headers=PARTNERS).status_code == 404
    client.post(f"/profile/netting/{hanok.public_id}/withdraw/", headers=PARTNERS)
    assert (net(), shown in client.get("/statement/", headers=PARTNERS).text) == ("17.00 -4.00 ", False)


def test_the_page_asks_by_the_number_of_brands_not_of_statements(client: Browser, aurora: Any) -> None:
    nord, sued = joined(aurora), joined(aurora, "Sued Media")
    with brand_entered(aurora):
        earned(sued, 900, MAY, currency="KRW")
    issued(aurora, (nord, 1700), (sued, 1800))
    counts = []
    for name, email, statements in (("Nordlicht Media", "ann@nord.example", 1), ("Sued Media", "sue@sued.example", 2)):
        with public_entered():
            user_of(Partner.objects.get(name=name), email)
        browser = Browser()
        signed_in(browser, email)
        browser.get("/statement/", headers=PARTNERS)
        with CaptureQueriesContext(connection) as queries:
            page = browser.get("/statement/?month=2026-05", headers=PARTNERS).content.decode()
        assert page.count("Aurora ST-") == statements
        counts.append(len(queries))
    assert counts[0] == counts[1] < 20
