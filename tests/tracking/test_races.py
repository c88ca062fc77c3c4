"""Two at once, with real transactions: what must be one stays one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from shared_apps.partners.actions import add_partner_user, invite_partner, issue_hand_off, redeem_hand_off
from shared_apps.partners.errors import HandOffRefused
from shared_apps.partners.models import Partner
from tenant_apps.customers.actions import open_lead
from tenant_apps.customers.models import Customer, Lead
from tenant_apps.programs.actions import create_link, enroll_partner, ensure_program
from tenant_apps.tracking.actions import TrackedEvent, create_site, record_events
from tenant_apps.tracking.models import Event, Touch

AT = utc_now()
DEED: dict[str, Any] = {"actor": system("tests"), "at": AT}
CALLERS = 4


def at_once(brand: Brand, act: Callable[[int], Any]) -> list[Any]:
    """Run the act in several threads that start together, each in the brand with its own connection."""
    start = Barrier(CALLERS)

    def call(number: int) -> Any:
        try:
            with brand_entered(brand):
                start.wait(timeout=10)
                return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(call, range(CALLERS)))


def test_one_form_sent_four_times_at_once_is_one_lead_asked_four_times(own_database: str) -> None:
    brand = Brand.objects.get(name="Aurora")
    leads = at_once(brand, lambda _: open_lead(email="ann@example.com", **DEED).pk)
    with brand_entered(brand):
        lead = Lead.objects.get()
        assert (set(leads), lead.times_asked, Customer.objects.count()) == ({lead.pk}, CALLERS, 1)
        assert Message.objects.filter(name="lead.opened").count() == 1


def test_one_batch_sent_four_times_at_once_is_stored_once(own_database: str) -> None:
    brand = Brand.objects.get(name="Aurora")
    with brand_entered(brand):
        program = ensure_program(name="Partners", at=AT)
        deal = enroll_partner(
            program=program, partner_ref="par_1", name="N", email="n@example.com", role="affiliate", **DEED
        )
        create_link(enrollment=deal, code="nordic", **DEED)
        site = create_site(name="Blog", allowed_hosts=["blog.example"], **DEED)
    batch = [TrackedEvent(uid=f"e{number}", type="page_view", at=AT, via="nordic") for number in range(20)]

    def tell(number: int) -> int:
        # Each caller in another order: overlapping batches must wait for each other, not dead-lock.
        turned = batch[number:] + batch[:number]
        return record_events(site=site, visitor_ref="vis_1", events=turned, origin_host="blog.example", at=AT)

    assert sum(at_once(brand, tell)) == 20
    with brand_entered(brand):
        assert (Event.objects.count(), Touch.objects.count()) == (20, 1)


def test_one_pass_used_four_times_at_once_opens_once(own_database: str) -> None:
    brand = Brand.objects.get(name="Aurora")
    with brand_entered(brand):
        partner = invite_partner(brand=brand, name="Nordic", email="n@example.com", **DEED)
    user = add_partner_user(partner=partner, email="ann@n.example", password="correct horse battery", name="Ann")
    token = issue_hand_off(partner=partner, brand=brand, user=user, at=AT)

    def enter(_: int) -> bool:
        try:
            redeem_hand_off(token=token, brand=brand, at=AT)
        except HandOffRefused:
            return False
        return True

    assert sorted(at_once(brand, enter)) == [False, False, False, True]


def test_one_partner_invited_four_times_at_once_is_one(own_database: str) -> None:
    brand = Brand.objects.get(name="Aurora")
    invited = at_once(
        brand, lambda _: invite_partner(brand=brand, name="Nordic", email="n@example.com", **DEED).public_id
    )
    assert set(invited) == {Partner.objects.get().public_id}
