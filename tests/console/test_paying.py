"""Batches, payouts and parked events in the console: previewed, typed, approved by another, resolved with a reason."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kernel.clock import utc_now
from shared_apps.accounts.actions import add_operator
from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.settlements.actions import approve_period, close_period, issue_statement
from tenant_apps.settlements.models import Adjustment, Payout, PayoutBatch
from tests.api.conftest import DEED, host_of
from tests.api.paying import a_parked_event
from tests.settlements.books import ANNA, BEN, JULY, JUNE, MAY, earned, enrolled
from tests.settlements.paying_out import IBANS, issued_for, payable, paying, said, transferred


def person(brand: Brand, name: str, role: Role = Role.FINANCE) -> Client:
    browser = Client(headers={"Host": host_of(brand)})
    with brand_entered(brand):
        email = f"{name}@example.com"
        browser.force_login(add_operator(email=email, password="pass", name=name, roles=[role], actor=DEED["actor"]))
    return browser


@pytest.fixture
def two(aurora: Brand) -> tuple[Client, Client]:
    return person(aurora, "First"), person(aurora, "Second")


def page(client: Client, path: str) -> str:
    return client.get(path, follow=True).content.decode()


def press(client: Client, path: str, **fields: str) -> str:
    return client.post(path, fields, follow=True).content.decode()


def test_a_batch_goes_from_preview_to_arrival(aurora: Brand, two: tuple[Client, Client]) -> None:
    first, second = two
    with brand_entered(aurora):
        payable(aurora, 170_000, 2_501)
        silent = enrolled(aurora, "Silent Partner")
        paying()
    preview = page(first, "/console/new/batch?method=sepa&currency=EUR")
    for told in ("€1,725.01", "Partner 0", "•••• 3000", "May leave now"):
        assert told in preview, told
    assert silent.partner_name not in preview
    made = press(first, "/console/new/batch", method="sepa", currency="EUR")
    assert "You drew it up: a second person approves it." in made
    with brand_entered(aurora):
        batch = PayoutBatch.objects.get()
    at = f"/console/settlements/payoutbatch/{batch.pk}/change/"
    verbs = f"/console/verbs/batches/{batch.pk}"
    assert "a second person approves it" in press(first, f"{verbs}/approve", typed="1725.01")
    assert "not the batch&#x27;s sum" in press(second, f"{verbs}/approve", typed="1725.10")
    press(second, f"{verbs}/approve", typed="1725.01")
    assert "Download the file" in page(second, at)
    assert "It is on its way" not in page(second, at)
    file = second.get(f"/console/batches/{batch.pk}/file")
    assert (file.status_code, file.content[:5]) == (200, b"<?xml")
    press(second, f"{verbs}/send", typed="1725.01")
    with brand_entered(aurora):
        bad, good = Payout.objects.order_by("amount_minor")
    press(second, f"/console/verbs/payouts/{bad.pk}/fail", reason="AC04 closed account")
    shown = page(second, at)
    assert "AC04 closed account" in shown
    assert "0 / 2" in shown
    press(second, f"{verbs}/confirm", reference="BANK 1")
    assert "1 / 2" in page(second, at)
    paid = f"/console/settlements/payout/{good.pk}/change/"
    assert "The bank returned it" in page(first, paid)
    press(first, f"/console/verbs/payouts/{good.pk}/return", reason="AC06 blocked")
    assert "AC06 blocked" in page(first, paid)
    with brand_entered(aurora):
        assert list(Payout.objects.values_list("state", flat=True)) == ["failed"] * 2
        assert PayoutBatch.objects.get().state == "partly_failed"
    assert "May leave now" in page(first, "/console/new/batch")
    assert "€1,725.01" in page(first, "/console/new/batch")


def test_what_came_back_in_parts_stands_at_its_payout_and_names_what_owes_it(aurora: Brand, drain: Any) -> None:
    with brand_entered(aurora):
        payout = transferred(enrolled(aurora), 170_00, 20_00, 1)
        drain()
        refs = list(Adjustment.objects.order_by("pk").values_list("public_id", flat=True))
    shown = page(person(aurora, "Fay"), f"/console/settlements/payout/{payout.pk}/change/")
    for told in ("Came back in parts", "€20.01", "came back", "the next settlement", "€20.00", "€0.01", *refs):
        assert told in shown, told
    assert len(refs) == 2


def test_what_stays_says_why_and_operations_pay_nobody(aurora: Brand) -> None:
    with brand_entered(aurora):
        deals = [enrolled(aurora, "Silent"), said(enrolled(aurora, "한빛"), holder="한빛 미디어")]
        deals.append(said(enrolled(aurora, "Moved")))
        said(deals[2], at=utc_now(), account=IBANS[2])
        issued_for(*((deal, 1000) for deal in deals))
        paying()
    preview = page(person(aurora, "Fay"), "/console/new/batch?method=sepa&currency=EUR")
    for told in ("has yet to say: address", "no letters a SEPA file can hold", "nothing leaves before"):
        assert told in preview, told
    assert "No payout may leave this way now." in preview
    operations = person(aurora, "Otto", Role.OPERATIONS)
    assert operations.get("/console/new/batch").status_code == 403
    assert operations.post("/console/new/batch", {"method": "csv", "currency": "EUR"}).status_code == 403
    with brand_entered(aurora):
        assert not PayoutBatch.objects.exists()


def test_a_batch_of_another_brand_is_nobodys(aurora: Brand, hanok: Brand, two: Any) -> None:
    with brand_entered(aurora):
        payable(aurora, 100)
        paying()
    press(two[0], "/console/new/batch", method="sepa", currency="EUR")
    with brand_entered(aurora):
        key = PayoutBatch.objects.get().pk
    stranger = person(hanok, "Ha", Role.ADMIN)
    assert stranger.get(f"/console/batches/{key}/file").status_code == 404
    for verb in ("approve", "send", "withdraw", "confirm"):
        assert stranger.post(f"/console/verbs/batches/{key}/{verb}", {"typed": "1"}).status_code == 404


def test_the_batchs_page_asks_as_often_for_three_rows_as_for_one(aurora: Brand, two: tuple[Client, Client]) -> None:
    counts = []
    for label, month, many in (("2026-05", MAY, 1), ("2026-06", JUNE, 3)):
        with brand_entered(aurora):
            for number in range(many):
                earned(said(enrolled(aurora, f"Partner {label} {number}")), 1000, month)
            period = close_period(label=label, actor=ANNA, at=JULY)
            approve_period(period=period, actor=BEN, at=JULY)
            for settlement in period.settlements.all():
                issue_statement(settlement=settlement, at=JULY)
            paying()
        press(two[0], "/console/new/batch", method="sepa", currency="EUR")
        with brand_entered(aurora):
            key = PayoutBatch.objects.latest("pk").pk
        with CaptureQueriesContext(connection) as queries:
            page(two[0], f"/console/settlements/payoutbatch/{key}/change/")
        # Who answers at a host is looked up anew after some seconds: only what the page asks counts.
        counts.append(sum('"settlements_' in query["sql"] for query in queries))
    assert counts[0] == counts[1]


def test_a_parked_event_is_tried_again_or_resolved_with_a_reason(aurora: Brand) -> None:
    with brand_entered(aurora):
        event = a_parked_event()
    finance, at = person(aurora, "Fay"), f"/console/payments/inboundevent/{event.pk}/change/"
    assert "No checkout of ours asked for payment ch_1." in page(finance, at)
    assert "does not fit yet" in press(finance, f"/console/verbs/events/{event.pk}/retry")
    assert "Say what was done" in press(finance, f"/console/verbs/events/{event.pk}/dismiss", reason=" ")
    operations = person(aurora, "Otto", Role.OPERATIONS)
    assert "Finance resolves" in page(operations, at)
    assert operations.post(f"/console/verbs/events/{event.pk}/dismiss", {"reason": "x"}).status_code == 403
    press(finance, f"/console/verbs/events/{event.pk}/dismiss", reason="Refunded at the dashboard.")
    with brand_entered(aurora):
        event.refresh_from_db()
        assert (event.state, event.note.endswith("Resolved: Refunded at the dashboard.")) == ("ignored", True)
        assert AuditEvent.objects.get(verb="inboundevent.ignored").reason == "Refunded at the dashboard."
    assert "Next step" not in page(finance, at)
