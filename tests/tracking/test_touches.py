"""What a tracker tells becomes events once, and touches where a code earns credit."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.actor import system
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.programs.actions import create_link, enroll_partner, ensure_program
from tenant_apps.programs.models import Link
from tenant_apps.tracking.actions import TrackedEvent, create_site, record_events, record_touch
from tenant_apps.tracking.errors import HostNotAllowed, UnknownSite
from tenant_apps.tracking.models import Event, Site, Touch
from tenant_apps.tracking.queries import form_opened_at, host_is_listed, site_asked_for, touches_of_visitor

AT = utc_now()
DEED: dict[str, Any] = {"actor": system("tests"), "at": AT}


def a_link(code: str = "nordic", campaign: str = "") -> Link:
    program = ensure_program(name="Partners", at=AT)
    deal = enroll_partner(
        program=program, partner_ref=f"par_{code}", name=code, email=f"{code}@example.com", role="affiliate", **DEED
    )
    return create_link(enrollment=deal, code=code, campaign=campaign, **DEED)


def a_site() -> Site:
    return create_site(name="Blog", allowed_hosts=["Blog.Example", "shop.example:8443", "blog.example:443"], **DEED)


def told(uid: str, **fields: Any) -> TrackedEvent:
    return TrackedEvent(**{"uid": uid, "type": "page_view", "at": AT} | fields)


def tell(site: Site, *events: TrackedEvent, visitor: str = "vis_1") -> int:
    return record_events(site=site, visitor_ref=visitor, events=list(events), origin_host="blog.example", at=AT)


def test_a_site_answers_to_its_exact_hosts(in_aurora: Brand) -> None:
    site = a_site()
    assert site.allowed_hosts == ["blog.example", "shop.example:8443"]
    asked = {
        host: site_asked_for(site.public_key, host)
        for host in ("blog.example", "BLOG.example:443", "shop.example:8443")
    }
    assert set(asked.values()) == {site}
    for host in ("www.blog.example", "blog.example.evil.example", "shop.example", ""):
        with pytest.raises(HostNotAllowed):
            site_asked_for(site.public_key, host)
    with pytest.raises(UnknownSite):
        site_asked_for("pk_unknown", "blog.example")


def test_a_site_that_was_switched_off_answers_nobody(in_aurora: Brand) -> None:
    site = a_site()
    assert host_is_listed("blog.example")
    Site.objects.filter(pk=site.pk).update(active=False)
    with pytest.raises(UnknownSite):
        site_asked_for(site.public_key, "blog.example")
    assert not host_is_listed("blog.example")


def test_a_site_without_a_proper_host_is_refused(in_aurora: Brand) -> None:
    for hosts, field in (
        (["https://blog.example"], "allowed_hosts[0]"),
        (["*.example"], "allowed_hosts[0]"),
        ([], "allowed_hosts"),
    ):
        with pytest.raises(InvalidInput) as refused:
            create_site(name="Blog", allowed_hosts=hosts, **DEED)
        assert refused.value.field == field
    assert Site.objects.count() == 0


def test_an_event_sent_again_is_the_same_event(in_aurora: Brand) -> None:
    site, link = a_site(), a_link()
    assert tell(site, told("e1", via="Nordic"), told("e1", via="Nordic"), told("e2", type="scroll")) == 2
    assert tell(site, told("e1", via="nordic"), told("e3")) == 1
    assert [(event.uid, event.type) for event in Event.objects.order_by("uid")] == [
        ("e1", "page_view"), ("e2", "scroll"), ("e3", "page_view"),
    ]  # fmt: skip
    assert [(touch.link, touch.enrollment, touch.site) for touch in Touch.objects.all()] == [
        (link, link.enrollment, site)
    ]
    assert Message.objects.filter(name="touch.recorded").count() == 1


def test_another_site_may_use_the_same_event_id(in_aurora: Brand) -> None:
    assert [tell(a_site(), told("e1")), tell(a_site(), told("e1"))] == [1, 1]


def test_a_view_and_the_click_that_follows_are_one_visit(in_aurora: Brand) -> None:
    site, link = a_site(), a_link()
    minute = timedelta(minutes=1)
    tell(
        site, told("e1", via="nordic", at=AT - 20 * minute), told("e2", via="nordic", type="click", at=AT - 10 * minute)
    )
    storefront = record_touch(
        visitor_ref="vis_1", link=link, channel="click", url="https://aurora.example/o/tea/", at=AT
    )
    assert list(touches_of_visitor("vis_1", AT)) == [storefront]
    assert storefront.at == AT - 20 * minute
    later = record_touch(visitor_ref="vis_1", link=link, channel="click", at=AT + 31 * minute)
    assert touches_of_visitor("vis_1", AT + 31 * minute).last() == later
    assert record_touch(visitor_ref="vis_1", link=link, channel="code", at=AT) != storefront


def test_unknown_and_dead_codes_are_events_but_no_touches(in_aurora: Brand) -> None:
    site, link = a_site(), a_link()
    Link.objects.filter(pk=link.pk).update(active=False)
    assert (
        tell(
            site,
            told("e1", via="nordic"),
            told("e2", via="nobody"),
            told("e3"),
            told("e4", type="scroll", via="nordic"),
        )
        == 4
    )
    assert Touch.objects.count() == 0


def test_a_touch_tells_where_it_came_from_and_the_deals_campaign_comes_first(in_aurora: Brand) -> None:
    site = a_site()
    a_link("plain")
    a_link("spring", campaign="spring-2026")
    utm = {"campaign": "typed", "source": "newsletter", "medium": "email"}
    tell(site, told("e1", via="plain", utm=utm, referrer="https://a.example/", click_id="g1", placement="footer"))
    tell(site, told("e2", via="spring", utm=utm))
    first, second = touches_of_visitor("vis_1", AT)
    assert (first.campaign, first.source, first.medium, first.click_id, first.placement) == (
        "typed", "newsletter", "email", "g1", "footer",
    )  # fmt: skip
    assert second.campaign == "spring-2026"


def test_a_clock_that_runs_ahead_does_not_put_a_touch_after_its_receipt(in_aurora: Brand) -> None:
    a_link()
    tell(a_site(), told("e1", via="nordic", at=AT + timedelta(minutes=4)))
    assert Touch.objects.get().at == AT


def test_the_site_knows_where_it_was_last_seen(in_aurora: Brand) -> None:
    site = a_site()
    tell(site, told("e1"))
    site.refresh_from_db()
    assert (site.last_seen_at, site.last_seen_host) == (AT, "blog.example")


def test_a_form_that_was_opened_is_remembered_for_the_late_click_guard(in_aurora: Brand) -> None:
    site, hour = a_site(), timedelta(hours=1)
    tell(site, told("e1", type="lead_form_opened", at=AT - hour), told("e2", type="page_view"))
    tell(site, told("e3", type="checkout_opened", at=AT - hour / 2))
    assert form_opened_at("vis_1", AT - hour / 4) == AT - hour
    assert form_opened_at("vis_1", AT) == AT - hour / 2  # what was opened an hour ago was left
    assert form_opened_at("vis_1", AT + hour) is None
    assert form_opened_at("vis_1", AT - 2 * hour) is None
    assert form_opened_at("vis_2", AT) is None


def test_no_touch_carries_over_from_another_visitor(in_aurora: Brand) -> None:
    site = a_site()
    a_link()
    tell(site, told("e1", via="nordic"))
    tell(site, told("e2", via="nordic"), visitor="vis_2")
    assert [touches_of_visitor(visitor, AT).count() for visitor in ("vis_1", "vis_2", "vis_3")] == [1, 1, 0]
