"""Operators give credit in the console: deals, entries, codes, duplicates, the policy."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shared_apps.accounts.states import Role
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.models import AgentEntry, Deal, DuplicateSuspicion, Import, Policy
from tenant_apps.attribution.queries import attribution_of_order, orders_of_suspicion
from tenant_apps.catalog.models import Offer
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Link, Program
from tests.api.crediting import a_deal, a_suspicion, an_order
from tests.commissions import selling

Operators = Callable[..., Client]
ADDRESS = "/console/attribution"


@pytest.fixture
def operator(aurora: Brand, operator_of: Operators) -> Client:
    return operator_of(aurora, Role.ADMIN)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_deal_is_registered_qualified_extended_and_withdrawn(aurora: Brand, operator: Client) -> None:
    with brand_entered(aurora):
        selling.partner("nord")
    form = {"partner": "nord", "company": "Tea House", "email": "ann@tea.example", "expected": "1200.50"}
    assert operator.post("/console/new/deal", form).status_code == 302
    with brand_entered(aurora):
        deal = Deal.objects.get()
        assert (deal.state, deal.expected_minor) == ("submitted", 1200_50)
    page = f"{ADDRESS}/deal/{deal.pk}/change/"
    assert "the clock starts when it is qualified" in text_of(operator.get(page))
    operator.post(f"/console/verbs/deals/{deal.pk}/qualify", {"reason": "ours"})
    assert "89 days left" in text_of(operator.get(page))
    operator.post(f"/console/verbs/deals/{deal.pk}/extend", {"days": "ten", "reason": "slow"})
    operator.post(f"/console/verbs/deals/{deal.pk}/extend", {"days": "10", "reason": "slow"})
    assert "99 days left" in text_of(operator.get(page))
    operator.post(f"/console/verbs/deals/{deal.pk}/withdraw", {})
    with brand_entered(aurora):
        assert Deal.objects.get().state == "withdrawn"


def test_an_operator_sees_that_a_prospect_bought_before_it_was_registered(aurora: Brand, operator: Client) -> None:
    form = {"partner": "nord", "company": "Tea House", "domain": "tea.example"}
    with brand_entered(aurora):
        selling.partner("nord")
        for at in (now() - 400 * selling.DAY, now() - 300 * selling.DAY):
            selling.paid_order(Offer.objects.first() or selling.offer_at(100_00), "v1", email="ann@tea.example", at=at)
        selling.paid_order(Offer.objects.get(), "v2", email="bob@other.example", at=now())
    operator.post("/console/new/deal", form)
    page = text_of(operator.get(f"{ADDRESS}/deal/{only(aurora)}/change/"))
    assert ("2 times" in page, "A known customer" in page) == (True, True)
    operator.post("/console/new/deal", form | {"company": "New", "domain": "new.example"})
    assert "A known customer" not in text_of(operator.get(f"{ADDRESS}/deal/{only(aurora)}/change/"))


def only(brand: Brand) -> int:
    with brand_entered(brand):
        return Deal.objects.latest("pk").pk


def test_who_registered_first_is_shown_to_who_was_second(aurora: Brand, operator: Client) -> None:
    with brand_entered(aurora):
        first = a_deal(1, qualified=True)
        selling.partner("sued")
    form = {"partner": "sued@partners.example", "company": "Tea", "email": "ANN@tea1.example"}
    page = text_of(operator.post("/console/new/deal", form, follow=True))
    assert "Rejected" in page
    assert f"{ADDRESS}/deal/{first.pk}/change/" in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"partner": "ghost"}, "No active partner"),
        ({"email": "ann@"}, "tb-wrong"),
        ({"email": ""}, "who the prospect is"),
        ({"expected": "dear"}, "tb-wrong"),
    ],
)
def test_a_wrong_registration_keeps_what_was_typed(aurora: Brand, operator: Client, wrong: Any, told: str) -> None:
    with brand_entered(aurora):
        selling.partner("nord")
    answer = operator.post("/console/new/deal", {"partner": "nord", "company": "Tea", "email": "a@tea.example"} | wrong)
    assert (answer.status_code, told in text_of(answer), "Tea" in text_of(answer)) == (422, True, True)
    with brand_entered(aurora):
        assert Deal.objects.count() == 0


def test_a_sale_is_credited_by_its_number_or_a_customer_by_e_mail(aurora: Brand, operator: Client) -> None:
    with brand_entered(aurora):
        selling.partner("nord")
        order = an_order()
    form = {"partner": "nord", "reason": "by phone"}
    for wrong in ({}, {"order": "#99"}, {"customer": "nobody@example.com"}, {"order": "1", "customer": "x@y.example"}):
        assert operator.post("/console/new/agent-entry", form | wrong).status_code == 422
    assert 'value="1"' in text_of(operator.get("/console/new/agent-entry?order=1"))
    assert operator.post("/console/new/agent-entry", form | {"order": "#1"}).status_code == 302
    about = {"customer": "ann1@example.com"}
    page = text_of(operator.post("/console/new/agent-entry", form | about, follow=True))
    assert "from then on" in page
    with brand_entered(aurora):
        assert [entry.order_ref for entry in AgentEntry.objects.order_by("pk")] == [order.public_id, ""]


def test_a_partner_gets_a_coupon_code(aurora: Brand, operator: Client) -> None:
    with brand_entered(aurora):
        enrollment = selling.partner("nord")
    page = text_of(operator.post(f"/console/new/enrollments/{enrollment.pk}/code", {"code": "SPRING10"}, follow=True))
    assert "SPRING10" in page
    with brand_entered(aurora):
        assert Link.objects.get(kind="code").code == "spring10"


def test_two_orders_stand_side_by_side_and_one_click_resolves_them(aurora: Brand, operator: Client) -> None:
    with brand_entered(aurora):
        suspicion, other = a_suspicion(1), a_suspicion(2)
    page = text_of(operator.get(f"{ADDRESS}/duplicatesuspicion/{suspicion.pk}/change/"))
    for shown in ("test-1", "api-1", "later, in doubt", "One sale", "Two sales"):
        assert shown in page
    operator.post(f"/console/verbs/duplicates/{suspicion.pk}/one-sale", {"reason": "same basket"})
    operator.post(f"/console/verbs/duplicates/{other.pk}/two-sales", {})
    with brand_entered(aurora):
        assert [row.state for row in DuplicateSuspicion.objects.order_by("pk")] == ["confirmed", "dismissed"]
        decision = attribution_of_order(suspicion.later_ref)
        assert decision is not None
        assert decision.shares.count() == 0
        order = decision.order_ref
    assert "a person decided about the credit" in text_of(operator.get(f"{ADDRESS}/attribution/{decision.pk}/change/"))
    assert f"/duplicatesuspicion/{other.pk}/change/" in text_of(operator.get(f"{ADDRESS}/duplicatesuspicion/"))
    shown = text_of(operator.get(f"{ADDRESS}/duplicatesuspicion/{suspicion.pk}/change/"))
    assert "Resolved by" in shown
    assert "same basket" in shown
    assert order == suspicion.later_ref


def test_the_inbox_tells_what_is_alike_and_asks_as_often_for_three_as_for_one(aurora: Brand, operator: Client) -> None:
    operator.get(f"{ADDRESS}/duplicatesuspicion/")
    asked = []
    for numbers in ((1,), (2, 3)):
        with brand_entered(aurora):
            last = [a_suspicion(number) for number in numbers][-1]
        with CaptureQueriesContext(connection) as queries:
            page = text_of(operator.get(f"{ADDRESS}/duplicatesuspicion/"))
        asked.append(len(queries))
    assert asked[0] == asked[1]
    with brand_entered(aurora):
        earlier, later = orders_of_suspicion(last)
    for said in (f"{later} may be {earlier}", "€100.00", str(later.customer), "apart, from test and API"):
        assert said in page
    assert last.public_id not in page
    for searched, finds in ((f"{later.number}", True), ("987654321", False)):
        found = text_of(operator.get(f"{ADDRESS}/duplicatesuspicion/", {"q": searched}))
        assert (f"{later} may be {earlier}" in found) is finds


def test_the_policy_is_set_from_what_it_is_and_its_versions_tell_what_differs(aurora: Brand, operator: Client) -> None:
    page = text_of(operator.get("/console/new/policy"))
    assert "click, view, import" in page
    form = {
        "model": "position", "window_days": "30", "first": "0.4", "last": "0.4", "direct": "count", "code": "owner",
        "self_referral": "refuse", "late_click": "refuse", "deal_days": "60",
        "ladder": "registered_deal\ncode, agent\nclick, view, import", "pools": "site, creator = 0.6\naffiliate = 0.4",
    }  # fmt: skip
    assert operator.post("/console/new/policy", form).status_code == 302
    shown = text_of(operator.post("/console/new/policy", form | {"window_days": "45"}, follow=True))
    for said in ("What differs from v1", "30 days", "45 days", "agent&#x27;s entry › click, view, imported touch",
                 "site, creator: 0.6; affiliate: 0.4", "Op"):  # fmt: skip
        assert said in shown
    with brand_entered(aurora):
        assert Policy.objects.latest("pk").terms["pools"][0] == {"roles": ["site", "creator"], "weight": "0.6"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"window_days": "long"}, "tb-wrong"),
        ({"model": "position", "first": "0.9", "last": "0.9"}, "must not exceed 1"),
        ({"ladder": "click\nclock"}, "tb-wrong"),
        ({"pools": "site 0.4"}, "Write roles = part"),
        ({"pools": "siet = 0.4"}, "siet is no role"),
        ({"effective_from": "2020-01-01T00:00"}, "begins now or later"),
    ],
)
def test_a_wrong_policy_is_named_and_not_set(aurora: Brand, operator: Client, wrong: Any, told: str) -> None:
    answer = operator.post("/console/new/policy", {"model": "last", "window_days": "30"} | wrong)
    assert (answer.status_code, told in text_of(answer)) == (422, True)
    with brand_entered(aurora):
        assert Policy.objects.count() == 0


def test_a_program_says_its_own_over_the_brand(aurora: Brand, operator: Client) -> None:
    with brand_entered(aurora):
        selling.partner("nord")
        program = Program.objects.get()
    assert "What program Partners says" in text_of(operator.get(f"{ADDRESS}/policy/"))
    shown = text_of(operator.post(f"/console/new/programs/{program.pk}/policy", {"window_days": "7"}, follow=True))
    assert "7 days" in shown
    with brand_entered(aurora):
        assert Policy.objects.get(program=program).terms == {"window_days": 7}


def test_finance_looks_and_other_brands_do_not_exist(aurora: Brand, hanok: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        deal, suspicion = a_deal(), a_suspicion()
    finance, stranger = operator_of(aurora, Role.FINANCE), operator_of(hanok, Role.ADMIN)
    verbs = (
        f"verbs/deals/{deal.pk}/qualify", f"verbs/deals/{deal.pk}/reject", f"verbs/duplicates/{suspicion.pk}/one-sale",
        f"verbs/duplicates/{suspicion.pk}/two-sales",
    )  # fmt: skip
    for verb in verbs:
        assert finance.post(f"/console/{verb}", {"reason": "x"}).status_code == 403
        assert stranger.post(f"/console/{verb}", {"reason": "x"}).status_code == 404
    for page in (f"deal/{deal.pk}/change/", f"duplicatesuspicion/{suspicion.pk}/change/"):
        assert finance.get(f"{ADDRESS}/{page}").status_code == 200
        assert stranger.get(f"{ADDRESS}/{page}").status_code == 404
    for form in ("new/deal", "new/agent-entry", "new/policy"):
        assert finance.get(f"/console/{form}").status_code == 403
    with brand_entered(aurora):
        deal.refresh_from_db()
    assert deal.state == "submitted"


SALES = "external_id,at,offer,email,amount,currency,partner\ns1,2026-03-09T10:00:00Z,tour,a@b.example,120.50,EUR,{}\n"


def upload(operator: Client, text: str, **also: str) -> Any:
    form = {"kind": "conversions", "source": "webshop", "file": SimpleUploadedFile("sales.csv", text.encode()), **also}
    return operator.post("/console/new/import", form, follow=True)


def test_a_file_is_checked_looked_at_taken_and_watched(
    aurora: Brand, operator: Client, drain: Callable[[], int]
) -> None:
    with brand_entered(aurora):
        selling.partner("nord"), selling.offer_at(10_000)
    page = text_of(upload(operator, SALES.format("nord")))
    for shown in ("What would be taken", "sales.csv", "€120.50", "tour · a@b.example", "Take them"):
        assert shown in page
    with brand_entered(aurora):
        file = Import.objects.get()
    operator.post(f"/console/verbs/imports/{file.pk}/start")
    assert "hx-get" in text_of(operator.get(f"/console/imports/{file.pk}/progress"))
    with brand_entered(aurora):
        drain()
    done = text_of(operator.get(f"{ADDRESS}/import/{file.pk}/change/"))
    assert "1 of 1 rows" in done
    assert "a@b.example" not in done
    assert "handled already" in text_of(upload(operator, SALES.format("nord")))


def test_the_mistakes_of_a_file_stand_in_a_table(aurora: Brand, operator: Client) -> None:
    with brand_entered(aurora):
        selling.offer_at(10_000)
    page = text_of(upload(operator, SALES.format("ghost")))
    for shown in ("Mistakes in the file", "is no active enrollment", "<td>2</td>"):
        assert shown in page
    assert "is missing" in text_of(upload(operator, "external_id,at\n"))
    latin = operator.post("/console/new/import", {"kind": "touches", "source": "x", "file": BytesIO(b"\xff\xfe\xfd")})
    assert (latin.status_code, "is no UTF-8 text" in text_of(latin)) == (422, True)
    assert "of our own" in text_of(upload(operator, SALES.format(""), source="storefront"))
    with brand_entered(aurora):
        assert Import.objects.count() == 0


def test_a_checked_file_is_dropped_and_foreign_files_do_not_exist(
    aurora: Brand, hanok: Brand, operator: Client, operator_of: Operators
) -> None:
    with brand_entered(aurora):
        selling.offer_at(10_000)
    upload(operator, SALES.format(""))
    with brand_entered(aurora):
        file = Import.objects.get()
    stranger = operator_of(hanok, Role.ADMIN)
    for path in (f"{ADDRESS}/import/{file.pk}/change/", f"/console/imports/{file.pk}/progress"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/console/verbs/imports/{file.pk}/start").status_code == 404
    operator.post(f"/console/verbs/imports/{file.pk}/drop")
    assert "Nothing is kept" in text_of(operator.get(f"{ADDRESS}/import/{file.pk}/change/"))


def test_finance_alone_records_a_refund_that_was_paid_elsewhere(
    aurora: Brand, hanok: Brand, operator: Client, operator_of: Operators, drain: Callable[[], int]
) -> None:
    finance = operator_of(aurora, Role.FINANCE, email="finn@example.com")
    operations = operator_of(aurora, Role.OPERATIONS, email="olga@example.com")
    with brand_entered(aurora):
        selling.offer_at(10_000)
    upload(operator, SALES.format(""))
    with brand_entered(aurora):
        file = Import.objects.get()
    operator.post(f"/console/verbs/imports/{file.pk}/start")
    with brand_entered(aurora):
        drain()
        order = Order.objects.get()
    page, form = f"/console/orders/order/{order.pk}/change/", f"/console/new/orders/{order.pk}/outside-refund"
    assert [form in text_of(who.get(page)) for who in (finance, operations)] == [True, False]
    assert operations.get(form).status_code == 403
    assert operator_of(hanok, Role.FINANCE).get(form).status_code == 404
    said = {"amount": "120.51", "refunded_on": "2026-03-09", "reference": "r1", "reason": "Fog", "confirmed": "on"}
    wrong = finance.post(form, said)
    assert (wrong.status_code, "€120.50" in text_of(wrong), 'value="120.51"' in text_of(wrong)) == (422, True, True)
    assert finance.post(form, said | {"amount": "20.50", "confirmed": ""}).status_code == 422
    assert "Refund told by webshop" in text_of(finance.post(form, said | {"amount": "20.50"}, follow=True))
    with brand_entered(aurora):
        assert Order.objects.get().refunded_minor == 20_50
    taken = {"kind": "refunds", "source": "webshop", "file": SimpleUploadedFile("r.csv", b"external_id\n")}
    assert "Refunds are for finance" in text_of(operations.post("/console/new/import", taken))
