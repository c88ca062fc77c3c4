"""What a partner sees: its own rows only, every amount with its steps, at the price of few queries."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.outbox.draining import drain_schema
from shared_apps.partners.actions import record_balance, record_statement
from shared_apps.partners.models import PartnerBrand
from tenant_apps.console.queries import correcting, settling
from tenant_apps.portal.views import statements
from tenant_apps.programs.actions import create_link
from tenant_apps.settlements import printing
from tenant_apps.settlements.actions import approve, close_period, issue_statement
from tenant_apps.settlements.documents import csv_of
from tenant_apps.settlements.models import Statement
from tenant_apps.tracking.actions import create_site
from tenant_apps.tracking.models import Site
from tests.api.conftest import operator_of
from tests.portal.visiting import PARTNERS, Browser, at, entered, joined
from tests.settlements.books import ANNA, AUGUST, BEN, JULY, JUNE, MAY, clawed_back, earned
from tests.settlements.paying_out import transferred

__all__ = ["operator_of"]


def queries_of(browser: Browser, path: str, brand: Any) -> int:
    headers = at(brand) if brand else PARTNERS
    browser.get(path, headers=headers)  # which brand answers at this host is known for some seconds only
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path, headers=headers).status_code == 200
    return len(captured)


def statement_of(label: str, later: Any) -> Statement:
    (settlement,) = close_period(label=label, actor=ANNA, at=later).settlements.all()
    return issue_statement(settlement=approve(settlement=settlement, actor=BEN, at=later), at=later)


def test_earnings_show_amounts_with_their_steps_and_no_customer(inside: Browser, nord: Any, aurora: Any) -> None:
    with brand_entered(aurora):
        original = earned(nord, 1250, MAY, explanation=[
            {"code": "rule", "facts": {"rule": "standard"}}, {"code": "net", "facts": {"amount": "125.00 EUR"}},
            {"code": "rate", "facts": {"rate": "0.1"}}, {"code": "commission", "facts": {"amount": "12.50 EUR"}},
        ])  # fmt: skip
        clawed_back(original, 250, JUNE)
    page = inside.get("/portal/", headers=at(aurora)).text
    for shown in ("€12.50", "-€2.50", "Order #1001", "€125.00", "10%", "Clawback", "The customer got money back."):
        assert shown in page
    detail = inside.get(f"/portal/earnings/{original.public_id}/", headers=at(aurora)).text
    assert "May 12, 2026, noon CEST" in detail
    for secret in ("kim@example.com", "usr_anna"):
        assert secret not in page + detail


def test_a_statement_says_what_came_back_of_its_payout_and_the_next_one_takes_it_in(
    inside: Browser, nord: Any, aurora: Any
) -> None:
    with brand_entered(aurora):
        payout = transferred(nord, 170_00, 20_00, 1)
        drain_schema()
        first = Statement.objects.get()
    path = f"/portal/statements/{first.public_id}/"
    page = inside.get(path, headers=at(aurora)).text
    assert "payout went back to Aurora" in page
    assert "the next statement takes it in" in page
    with brand_entered(aurora):
        second = statement_of("2026-06", JULY)
    assert "A later statement pays it again." in inside.get(path, headers=at(aurora)).text
    later = inside.get(f"/portal/statements/{second.public_id}/", headers=at(aurora)).text
    for shown in ("Came back of an earlier payout", payout.public_id, "€20.00", "€0.01"):
        assert shown in later, shown


def test_an_amount_before_rounding_is_shown_as_it_was_computed(inside: Browser, nord: Any, aurora: Any) -> None:
    with brand_entered(aurora):
        earned(nord, 487, MAY, explanation=[
            {"code": "net", "facts": {"amount": "24.37 EUR"}}, {"code": "rate", "facts": {"rate": "0.20"}},
            {"code": "before_rounding", "facts": {"amount": "4.874 EUR"}},
            {"code": "commission", "facts": {"amount": "4.87 EUR"}},
        ])  # fmt: skip
    page = inside.get("/portal/", headers=at(aurora)).text
    for shown in ("€24.37", "20%", "€4.874", "€4.87"):
        assert shown in page


def test_a_state_filters_and_an_invented_one_does_not(inside: Browser, nord: Any, aurora: Any) -> None:
    with brand_entered(aurora):
        earned(nord, 1000, MAY)
        earned(nord, 777, MAY, state="confirmed")
    assert "€7.77</data></span><span" not in inside.get("/portal/?state=payable", headers=at(aurora)).text
    confirmed = inside.get("/portal/?state=confirmed", headers=at(aurora)).text
    assert "#1002" in confirmed
    assert "#1001" not in confirmed
    assert "hold ends" in confirmed
    assert "#1001" in inside.get("/portal/?state=invented", headers=at(aurora)).text


def test_a_page_has_fifty_rows(inside: Browser, nord: Any, aurora: Any) -> None:
    with brand_entered(aurora):
        for amount in range(51):
            earned(nord, amount + 1, MAY)
    first = inside.get("/portal/", headers=at(aurora)).text
    assert first.count("<details") == 50
    assert inside.get("/portal/?page=2", headers=at(aurora)).text.count("<details") == 1


def test_each_list_costs_the_same_with_one_row_and_with_three(inside: Browser, nord: Any, aurora: Any) -> None:
    paths = ("/portal/", "/portal/statements/", "/portal/links/")

    def grow(label: str, month: Any, later: Any, code: str) -> None:
        with brand_entered(aurora):
            earned(nord, 1000, month)
            statement_of(label, later)
            create_link(enrollment=nord, code=code, actor=ANNA, at=month)
            create_site(name=code, enrollment=nord, allowed_hosts=[f"{code}.example"], actor=ANNA, at=month)
            while drain_schema():
                pass

    grow("2026-05", MAY, JUNE, "one")
    one = {path: queries_of(inside, path, aurora) for path in paths} | {"/": queries_of(inside, "/", None)}
    grow("2026-06", JUNE, JULY, "two")
    grow("2026-07", JULY, AUGUST, "three")
    three = {path: queries_of(inside, path, aurora) for path in paths} | {"/": queries_of(inside, "/", None)}
    assert one == three
    assert max(three.values()) <= 20


def test_a_statement_is_shown_and_downloaded_from_its_snapshot(inside: Browser, nord: Any, aurora: Any) -> None:
    with brand_entered(aurora):
        original = earned(nord, 1250, MAY)
        clawed_back(original, 250, MAY)
        statement = statement_of("2026-05", JUNE)
    path = f"/portal/statements/{statement.public_id}"
    page = inside.get(f"{path}/", headers=at(aurora)).text
    for shown in ("ST-2026-000001", "May 2026", "€12.50", "-€2.50", "€10.00", "takes back from #1001 of May 12, 2026"):
        assert shown in page
    sheet = inside.get(f"{path}.csv", headers=at(aurora))
    assert sheet["Content-Disposition"] == 'attachment; filename="ST-2026-000001.csv"'
    rows = list(csv.DictReader(io.StringIO(sheet.getvalue().decode("utf-8-sig"))))
    assert [(row["kind"], row["amount"]) for row in rows[:2]] == [("earning", "12.50"), ("clawback", "-2.50")]


def test_a_long_statement_is_read_page_by_page(
    inside: Browser, nord: Any, aurora: Any, operator_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At both sides each line stands on one page, and nothing but the lines of that page is fetched."""
    for room, name in ((statements, "ON_A_PAGE"), (correcting, "ON_A_SHEET"), (settling, "ON_A_PAGE")):
        monkeypatch.setattr(room, name, 2)
    with brand_entered(aurora):
        originals = [earned(nord, 1250, MAY) for _ in range(5)]
        clawed_back(originals[0], 250, MAY)
        statement = statement_of("2026-05", JUNE)
    orders = [line["order"] for line in statement.snapshot["earnings"]]
    assert len(set(orders)) == 5
    finance, number = operator_of(aurora, Role.FINANCE), statement.pk
    addresses = (f"statements/{number}.html", f"settlements/settlement/{statement.settlement_id}/change/")
    own = f"/portal/statements/{statement.public_id}/"
    with CaptureQueriesContext(connection) as captured:
        whole = [
            [inside.get(f"{own}?page={page}", headers=at(aurora)).text for page in (1, 2, 3)],
            *([finance.get(f"/console/{to}?page={page}").content.decode() for page in (1, 2, 3)] for to in addresses),
        ]
        change = finance.get(f"/console/settlements/statement/{number}/change/?page=2").content.decode()
        told = [
            inside.get(f"{own[:-1]}.csv", headers=at(aurora)).getvalue().decode(),
            finance.get(f"/console/statements/{number}.csv").getvalue().decode(),
        ]
    assert told == ["\ufeff" + csv_of(statement.snapshot), csv_of(statement.snapshot)]
    for pages in whole:
        # The first order stands where its clawback does, too.
        assert [sum(order in page for page in pages) for order in orders[1:]] == [1] * 4
    assert ["takes back" in page for page in whole[0]] == [True, False, False]
    assert "SHA-256" in whole[1][2]
    assert f"/console/statements/{statement.pk}.html?page=2" in change
    assert "3–4 of 6" in change
    assert not [sql for sql in captured if ' "settlements_statement"."snapshot",' in sql["sql"]]


@pytest.mark.slow
def test_a_statement_is_downloaded_as_pdf(
    inside: Browser, nord: Any, aurora: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    with brand_entered(aurora):
        earned(nord, 1250, MAY)
        statement = statement_of("2026-05", JUNE)
    answer = inside.get(f"/portal/statements/{statement.public_id}.pdf", headers=at(aurora))
    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")


def test_a_long_statement_says_how_far_its_pdf_is(
    inside: Browser, nord: Any, aurora: Any, hanok: Any, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch,
    operator_of: Any,
) -> None:  # fmt: skip
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(printing, "PART_LINES", 1)
    with brand_entered(aurora):
        clawed_back(earned(nord, 1250, MAY), 250, MAY)
        statement = statement_of("2026-05", JUNE)
    path, told = f"/portal/statements/{statement.public_id}", "The PDF is being printed: 0 of 2 lines"
    assert inside.get(f"{path}.pdf", headers=at(aurora))["Location"] == f"{path}/"
    for page in (f"{path}/", f"{path}/printing"):
        assert told in inside.get(page, headers=at(aurora)).text
    finance, change = operator_of(aurora, Role.FINANCE), f"/console/settlements/statement/{statement.pk}/change/"
    assert finance.get(f"/console/statements/{statement.pk}.pdf")["Location"] == change
    for page in (change, f"/console/statements/{statement.pk}/printing"):
        assert told in finance.get(page).text
    assert operator_of(hanok, Role.FINANCE).get(f"/console/statements/{statement.pk}/printing").status_code == 404
    with brand_entered(aurora):
        (tmp_path / "statements" / aurora.schema_name / f"{statement.sha256}.pdf").write_bytes(b"%PDF-")
    assert "Download PDF" in inside.get(f"{path}/printing", headers=at(aurora)).text


def test_another_partners_rows_are_as_unknown_as_none(inside: Browser, nord: Any, aurora: Any, hanok: Any) -> None:
    other, abroad = joined(aurora, "Studio Sur"), joined(hanok)
    with brand_entered(aurora):
        foreign = earned(other, 1000, MAY)
        statement = statement_of("2026-05", JUNE)
    with brand_entered(hanok):
        elsewhere = earned(abroad, 5000, MAY, currency="KRW")
        korean = statement_of("2026-05", JUNE)
    unknown = inside.get("/portal/statements/sta_unknown/", headers=at(aurora)).content
    for ref in (statement.public_id, korean.public_id):
        for end in ("/", ".pdf", ".csv", "/printing", "/credit-note.proof.json"):
            answer = inside.get(f"/portal/statements/{ref}{end}", headers=at(aurora))
            assert (answer.status_code, answer.content) == (404, unknown)
    for commission in (foreign, elsewhere):
        answer = inside.get(f"/portal/earnings/{commission.public_id}/", headers=at(aurora))
        assert (answer.status_code, answer.content) == (404, unknown)
    assert "#1001" not in inside.get("/portal/", headers=at(aurora)).text


def test_links_and_websites_come_with_what_to_paste(inside: Browser, nord: Any, aurora: Any) -> None:
    other = joined(aurora, "Studio Sur")
    with brand_entered(aurora):
        create_link(enrollment=nord, code="nord", actor=ANNA, at=MAY)
        create_link(enrollment=other, code="sur", actor=ANNA, at=MAY)
        site, old, foreign = (
            create_site(name=f"Blog {number}", enrollment=deal, allowed_hosts=[f"{number}.example"], actor=ANNA, at=MAY)
            for number, deal in enumerate((nord, nord, other))
        )
        Site.objects.filter(pk=old.pk).update(active=False)
    page = inside.get("/portal/links/", headers=at(aurora)).text
    assert "aurora.localhost/?via=nord" in page
    assert "via=sur" not in page
    assert [f"data-site=&quot;{each.public_key}&quot;" in page for each in (site, old, foreign)] == [True, False, False]


def test_the_home_shows_both_brands_and_adds_no_currencies(ann: Browser, nord: Any, aurora: Any, hanok: Any) -> None:
    joined(hanok)
    for brand, currency, payable in ((aurora, "EUR", 1250), (aurora, "KRW", 900), (hanok, "KRW", 45_000)):
        with brand_entered(brand):
            record_balance(
                brand=brand, partner_ref=nord.partner_ref, currency=currency, pending_minor=0, confirmed_minor=0,
                payable_minor=payable, paid_minor=0, as_of=MAY,
            )  # fmt: skip
            record_statement(
                brand=brand, partner_ref=nord.partner_ref, settlement_ref=f"stl_{currency}",
                statement_ref=f"sta_{brand.name}{currency}", number="ST-1", version=1, period_label="2026-05",
                first_on=date(2026, 5, 1), last_on=date(2026, 5, 31), currency=currency,
                net_minor=1, payout_minor=0, closing_minor=1, sha256="a" * 64, issued_at=JUNE,
            )  # fmt: skip
    page = ann.get("/", headers=PARTNERS).text
    for shown in ("€12.50", "₩900", "₩45,000", "May 12, 2026, noon CEST", "May 12, 2026, 7 p.m. KST", "May 2026"):
        assert shown in page
    assert f"/enter/{hanok.public_id}/?next=%2Fportal%2Fstatements%2Fsta_HanokKRW%2F" in page
    korean = ann.get("/", headers=PARTNERS | {"accept-language": "ko"}).text
    assert "2026년 5월" in korean
    with public_entered():
        PartnerBrand.objects.filter(partner__public_id=nord.partner_ref, brand=hanok).update(active=False)
    left = ann.get("/", headers=PARTNERS).text
    assert (f"/enter/{hanok.public_id}/" in left, left.count("€12.50"), left.count("₩45,000")) == (False, 1, 1)


def test_empty_pages_say_what_will_appear(ann: Browser, nord: Any, aurora: Any) -> None:
    home = ann.get("/", headers=PARTNERS).text
    assert "No earnings yet" in home
    assert "No statements yet" in home
    entered(ann, aurora)
    for path, shown in (("", "No earnings yet"), ("statements/", "No statements yet"), ("links/", "No links yet")):
        assert shown in ann.get(f"/portal/{path}", headers=at(aurora)).text
