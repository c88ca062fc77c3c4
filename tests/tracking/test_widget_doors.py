"""A foreign page talks to a brand: what is taken, what is refused, and that a refusal leaves nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.accounts import limits
from shared_apps.brands.actions import advance_clock
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.catalog.actions import create_offer, create_product, publish_offer, set_price
from tenant_apps.customers.models import Customer, Lead
from tenant_apps.programs.actions import create_link, enroll_partner, ensure_program
from tenant_apps.tracking.actions import create_site
from tenant_apps.tracking.models import Event, Site, Touch

DEED: dict[str, Any] = {"actor": system("tests"), "at": utc_now()}
PAGE = "https://blog.example"


@pytest.fixture
def site(aurora: Brand) -> Site:
    """A blog that carries Aurora's widget, and a partner's link."""
    with brand_entered(aurora):
        deal = enroll_partner(
            program=ensure_program(name="Partners", at=DEED["at"]), partner_ref="par_1", name="Nordic",
            email="nordic@example.com", role="affiliate", **DEED,
        )  # fmt: skip
        create_link(enrollment=deal, code="nordic", **DEED)
        return create_site(name="Blog", allowed_hosts=["blog.example", "localhost:5173"], enrollment=deal, **DEED)


def post(path: str, body: Any, *, host: str = "aurora.localhost", origin: str = PAGE, **more: Any) -> Any:
    raw = body if isinstance(body, str | bytes) else json.dumps(body)
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    return Client().post(
        f"/w/v1/{path}", raw, content_type=more.pop("content_type", "application/json"), headers=headers, **more
    )


def visit(site: Site, **event: Any) -> dict[str, Any]:
    told = {"id": "e1", "type": "page_view", "at": utc_now().isoformat(), "url": f"{PAGE}/?via=nordic", "via": "nordic"}
    return {"site": site.public_key, "visitor": "vis_1", "events": [told | event]}


def written(site: Site, **lead: Any) -> dict[str, Any]:
    return {"site": site.public_key, "visitor": "vis_1", "lead": {"email": "ann@example.com", "name": "Ann"} | lead}


def kept(brand: Brand) -> tuple[int, ...]:
    """How many events, touches, leads and customers the brand has."""
    with brand_entered(brand):
        return tuple(model.objects.count() for model in (Event, Touch, Lead, Customer))


def fields(answer: Any) -> list[str]:
    assert set(answer.json()) == {"code", "message", "details"}
    return [error["field"] for error in answer.json()["details"]["errors"]]


def test_a_visit_becomes_an_event_and_a_touch_once(aurora: Brand, site: Site) -> None:
    first, again = post("events", visit(site)), post("events", visit(site))
    assert (first.status_code, first.json(), again.status_code, again.json()) == (
        202,
        {"stored": 1},
        202,
        {"stored": 0},
    )
    assert kept(aurora) == (1, 1, 0, 0)


def test_the_trackers_own_words_are_understood(aurora: Brand, site: Site) -> None:
    told = {
        "id": "4b4ee2a0-0f66-4a5e-9d0b-2f4f3f0f7f11", "referrer": "", "placement": "footer",
        "utm": {"source": "mail"}, "click_id": "abc",
    }  # fmt: skip
    answer = post("events", visit(site, **told | {"at": utc_now().strftime("%Y-%m-%dT%H:%M:%S.123Z")}))
    assert answer.json() == {"stored": 1}
    with brand_entered(aurora):
        touch = Touch.objects.get()
    assert (touch.source, touch.placement, touch.click_id) == ("mail", "footer", "abc")


def test_a_form_becomes_a_lead_and_the_answer_does_not_tell_who_is_known(aurora: Brand, site: Site) -> None:
    first, again = post("leads", written(site)), post("leads", written(site, email=" ANN@example.com"))
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, {"received": True})
    assert kept(aurora) == (0, 0, 1, 1)
    with brand_entered(aurora):
        lead = Lead.objects.get()
        assert (lead.times_asked, lead.visitor_ref, lead.site) == (2, "vis_1", site)


def test_a_visitor_reads_what_is_wrong_in_its_own_language(aurora: Brand, site: Site) -> None:
    for language, email, phone, unknown in (
        ("ko", "이메일: ", "전화번호여야 합니다", "이 키를 쓰는 사이트가 없습니다."),
        ("es", "Correo: ", "debe ser un número de teléfono", "Ningún sitio tiene esta clave."),
    ):
        told = post("leads", written(site, email="ann", phone="call me"), HTTP_ACCEPT_LANGUAGE=language).json()
        assert told["message"].startswith(email)
        assert told["details"]["errors"][1] == {"field": "lead.phone", "message": phone}
        nobody = post("leads", written(site) | {"site": "key_nobody"}, HTTP_ACCEPT_LANGUAGE=language)
        assert (nobody.json()["code"], nobody.json()["message"]) == ("unknown_site", unknown)
    assert post("leads", written(site, phone="call me")).json()["message"] == "Phone: must be a phone number"
    assert kept(aurora) == (0, 0, 0, 0)


def test_a_lead_names_an_offer_that_is_sold(aurora: Brand, site: Site) -> None:
    with brand_entered(aurora):
        an_offer("tea")
        create_offer(
            product=create_product(code="draft", name="x", kind="service", **DEED), slug="draft", title="x", **DEED
        )
    assert post("leads", written(site, offer="tea")).status_code == 201
    for slug in ("draft", "unknown"):
        answer = post("leads", written(site, offer=slug, email="bob@example.com"))
        assert (answer.status_code, fields(answer)) == (422, ["lead.offer"])
    assert kept(aurora) == (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("lead", "wrong"),
    [
        ({"email": "nobody"}, ["lead.email"]),
        ({"email": 5}, ["lead.email"]),
        ({"email": "", "phone": "x"}, ["lead.email", "lead.phone"]),
        ({"name": "x" * 121}, ["lead.name"]),
        ({"name": "a\0b"}, ["lead.name"]),
        ({"admin": True}, ["lead.admin"]),
    ],
)
def test_a_lead_that_is_wrong_names_its_fields_and_is_not_kept(
    aurora: Brand, site: Site, lead: Any, wrong: list[str]
) -> None:
    answer = post("leads", written(site, **lead))
    assert (answer.status_code, fields(answer)) == (422, wrong)
    assert kept(aurora) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("event", "wrong"),
    [
        ({"amount": 5}, "events[0].amount"),
        ({"utm": {"sauce": "x"}}, "events[0].utm.sauce"),
        ({"id": ""}, "events[0].id"),
        ({"id": 1}, "events[0].id"),
        ({"type": "Page View"}, "events[0].type"),
        ({"at": "yesterday"}, "events[0].at"),
        ({"at": "2026-03-10T12:00:00"}, "events[0].at"),
        ({"at": 1767225600}, "events[0].at"),
        ({"at": timedelta(minutes=9)}, "events[0].at"),
        ({"at": timedelta(days=-8)}, "events[0].at"),
        ({"url": "javascript:alert(1)"}, "events[0].url"),
        ({"referrer": "data:text/html,x"}, "events[0].referrer"),
        ({"url": "https://x.example/" + "a" * 2000}, "events[0].url"),
        ({"via": "a\0"}, "events[0].via"),
        ({"via": None}, "events[0].via"),
    ],
)
def test_an_event_that_is_wrong_names_its_field_and_nothing_of_the_batch_is_kept(
    aurora: Brand, site: Site, event: Any, wrong: str
) -> None:
    body = visit(site)
    body["events"].append(visit(site, id="e2")["events"][0])
    if isinstance(event.get("at"), timedelta):  # of the moment of the test, not of its collection
        event = {"at": (utc_now() + event["at"]).isoformat()}
    body["events"][0] |= event
    answer = post("events", body)
    assert (answer.status_code, fields(answer)) == (422, [wrong])
    assert kept(aurora) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", ""),
        (" ", ""),
        ("[]", ""),
        ('{"site": "a", "site": "b"}', ""),
        ('{"site": NaN}', ""),
        ("[" * 100_000, ""),
        ('{"site": ' + "[" * 21 + "]" * 21 + "}", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_what_is_no_sound_document_is_refused(aurora: Brand, site: Site, body: Any, field: str) -> None:
    answer = post("events", body)
    assert (answer.status_code, fields(answer)) == (422, [field])
    assert kept(aurora) == (0, 0, 0, 0)


def test_too_many_and_too_much_and_not_json_are_refused(aurora: Brand, site: Site) -> None:
    one = visit(site)["events"][0]
    many = post("events", visit(site) | {"events": [one | {"id": f"e{number}"} for number in range(51)]})
    assert (many.status_code, fields(many)) == (422, ["events"])
    large = post("leads", json.dumps(written(site, message="x" * 1_100_000)))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    form = post("leads", json.dumps(written(site)), content_type="text/plain")
    assert (form.status_code, form.json()["code"]) == (415, "not_json")
    assert Client().get("/w/v1/events", headers={"Host": "aurora.localhost"}).status_code == 405
    assert kept(aurora) == (0, 0, 0, 0)


def test_another_brands_key_and_an_unknown_key_get_the_same_answer(aurora: Brand, hanok: Brand, site: Site) -> None:
    for path, body in (("events", visit(site)), ("leads", written(site))):
        foreign = post(path, body, host="hanok.localhost")
        unknown = post(path, body | {"site": "pk_unknown"}, host="hanok.localhost")
        assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_site")
    assert kept(aurora) == kept(hanok) == (0, 0, 0, 0)


@pytest.mark.parametrize("origin", ["https://evil.example", "https://blog.example.evil.example", "https://www.blog.example",
                                    "https://blog.example:8443", "null", ""])  # fmt: skip
def test_a_page_that_is_not_on_the_list_stores_nothing_and_reads_nothing(
    aurora: Brand, site: Site, origin: str
) -> None:
    for path, body in (("events", visit(site)), ("leads", written(site))):
        answer = post(path, body, origin=origin)
        assert (answer.status_code, answer.json()["code"]) == (403, "host_not_allowed")
        assert "Access-Control-Allow-Origin" not in answer
    assert kept(aurora) == (0, 0, 0, 0)


@pytest.mark.parametrize("origin", [PAGE, "http://blog.example", "http://localhost:5173"])
def test_a_listed_page_may_read_the_answer_without_credentials(aurora: Brand, site: Site, origin: str) -> None:
    answer = post("events", visit(site), origin=origin)
    assert answer["Access-Control-Allow-Origin"] == origin
    assert "Origin" in answer["Vary"].title()
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer.cookies == {}


def preflight(origin: str) -> Any:
    asks = {"Host": "aurora.localhost", "Origin": origin, "Access-Control-Request-Method": "POST"}
    return Client().options("/w/v1/events", headers=asks | {"Access-Control-Request-Headers": "content-type"})


def test_a_preflight_names_the_one_origin_or_nobody(aurora: Brand, site: Site) -> None:
    listed, other = preflight(PAGE), preflight("https://evil.example")
    assert (listed.status_code, listed["Access-Control-Allow-Origin"]) == (200, PAGE)
    assert listed["Access-Control-Allow-Headers"] == "content-type"
    assert listed["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert "Access-Control-Allow-Origin" not in other
    assert "origin" in listed["Vary"].lower()
    assert "origin" in other["Vary"].lower()


def test_no_other_door_answers_foreign_origins(aurora: Brand, site: Site) -> None:
    answer = Client().get("/api/v1/openapi.json", headers={"Host": "aurora.localhost", "Origin": PAGE})
    assert "Access-Control-Allow-Origin" not in answer


def test_the_tracker_is_served_with_an_etag(aurora: Brand) -> None:
    first = Client().get("/w/v1/t.js", headers={"Host": "aurora.localhost"})
    assert (first.status_code, first["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert first["Cache-Control"] == "public, max-age=300"
    assert b"tributary" in first.content
    again = Client().get("/w/v1/t.js", headers={"Host": "aurora.localhost", "If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def an_offer(slug: str) -> None:
    product = create_product(code=slug, name=slug, kind="service", **DEED)
    offer = create_offer(product=product, slug=slug, title=slug.title(), **DEED)
    set_price(offer=offer, currency="EUR", amount_minor=11900, cost_minor=5000, **DEED)
    publish_offer(offer=offer, **DEED)


def ask_offers(key: str, origin: str = PAGE, host: str = "aurora.localhost", more: str = "") -> Any:
    return Client().get(f"/w/v1/offers?site={key}{more}", headers={"Host": host, "Origin": origin})


def test_a_page_lists_offers_with_prices_and_without_costs(aurora: Brand, site: Site) -> None:
    with brand_entered(aurora):
        an_offer("tea")
    answer = ask_offers(site.public_key)
    assert answer.json() == {
        "offers": [
            {
                "slug": "tea", "title": "Tea", "summary": "", "url": "http://aurora.localhost/o/tea/",
                "prices": [{"currency": "EUR", "amount_minor": 11900}],
            }
        ]
    }  # fmt: skip
    assert (
        ask_offers(site.public_key, host="hanok.localhost").json() == ask_offers("pk_no", host="hanok.localhost").json()
    )
    assert ask_offers(site.public_key, origin="https://evil.example").status_code == 403
    assert fields(ask_offers(site.public_key, more="&limit=5")) == ["limit"]


def test_listing_three_offers_asks_as_often_as_listing_one(
    aurora: Brand, site: Site, django_assert_num_queries: Any
) -> None:
    asked = []
    for slugs in (["a"], ["b", "c"]):
        with brand_entered(aurora):
            for slug in slugs:
                an_offer(slug)
        ask_offers(site.public_key)
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            ask_offers(site.public_key)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_flood_from_one_address_is_stopped_and_another_visitor_is_not(
    aurora: Brand, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits.Limit.LEADS, "_value_", "2/minute")
    limits._item.cache_clear()
    sent = [post("leads", written(site), REMOTE_ADDR="198.51.100.7").status_code for _ in range(4)]
    assert sorted(sent)[-1] == 429
    assert post("leads", written(site), REMOTE_ADDR="198.51.100.8").status_code == 201
    limits._item.cache_clear()


def test_without_redis_nobody_is_turned_away(aurora: Brand, site: Site, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limits._limiter.cache_clear()
    try:
        assert post("leads", written(site)).status_code == 201
    finally:
        limits._limiter.cache_clear()


def test_a_test_brand_ahead_of_the_world_takes_now_as_its_own_now(aurora: Brand, site: Site) -> None:
    with brand_entered(aurora):
        later = advance_clock(brand=aurora, to=utc_now() + timedelta(days=40), actor=system("tests"))
    assert post("events", visit(site)).json() == {"stored": 1}
    told = (later - timedelta(days=20)).isoformat()
    assert post("events", visit(site, id="e2", at=told)).json() == {"stored": 1}
    with brand_entered(aurora):
        times = [touch.at for touch in Touch.objects.order_by("at")]
        assert times[0].isoformat() == told
        assert timedelta(0) <= now() - times[1] < timedelta(minutes=1)


def test_a_live_brand_takes_no_future(aurora: Brand, site: Site) -> None:
    Brand.objects.filter(pk=aurora.pk).update(mode="live")
    ahead = visit(site, at=(utc_now() + timedelta(minutes=6)).isoformat())
    assert fields(post("events", ahead)) == ["events[0].at"]
    assert kept(aurora) == (0, 0, 0, 0)
