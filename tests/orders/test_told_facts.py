"""What doors tell beside a sale reaches the rules: country, metadata, and where on a page the customer was met."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.countries import country_name, is_country, named_countries
from kernel.errors import InvalidInput
from kernel.salefacts import wrong_facts
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import check_import, start_import
from tenant_apps.attribution.queries import attribution_of_order, replay
from tenant_apps.commissions.models import Commission
from tenant_apps.customers.models import Lead
from tenant_apps.orders.actions import mark_paid
from tenant_apps.orders.models import Order
from tenant_apps.reports.queries import owed_by
from tenant_apps.reports.rules import Filters
from tenant_apps.reports.states import Dimension
from tenant_apps.tracking.actions import TrackedEvent, create_site, record_events
from tests.commissions.selling import ACTOR, AT, DAY, offer_at, order_of, partner

HEADER = "external_id,at,offer,email,amount,currency,partner,country,metadata.Plan,Metadata.team size\n"


def percent(rate: str, **when: Any) -> dict[str, Any]:
    return {"id": "-".join(when) or "rest", "when": when, "pay": {"kind": "percent", "rate": rate}}


def priced() -> list[tuple[str, int]]:
    return [(line.rule, line.amount_minor) for line in Commission.objects.order_by("pk")]


def refused(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as wrong:
        check_import(kind="conversions", source="shop", text=text, file_name="f.csv", actor=ACTOR, at=AT + DAY)
    return [error["field"] for error in wrong.value.errors]


def test_columns_of_a_file_are_priced_by_and_told_otherwise_are_refused(
    in_aurora: Brand, drain: Callable[[], int]
) -> None:
    partner("nord", [percent("0.20", country=["AT"], metadata={"Plan": ["pro"]}), percent("0.01")]), offer_at(100_00)
    row = "{},2026-03-09T10:00:00Z,tour,{}@b.example,100,EUR,nord,{},{},{}\n"
    text = HEADER + row.format("s1", "a", "at", "pro", "12") + row.format("s2", "b", "DE", "pro", "")
    file = check_import(kind="conversions", source="shop", text=text, file_name="f.csv", actor=ACTOR, at=AT + DAY)
    start_import(file=file, actor=ACTOR, at=AT + DAY)
    drain()
    assert priced() == [("country-metadata", 20_00), ("rest", 1_00)]
    told = Order.objects.order_by("pk").values_list("country", "metadata")
    assert list(told) == [("AT", {"Plan": "pro", "team size": "12"}), ("DE", {"Plan": "pro"})]
    again = HEADER + row.format("s1", "a", "DE", "free", "12")
    assert refused(again) == ["rows[2].country", "rows[2].metadata.Plan"]
    wrong = HEADER + row.format("s3", "c", "UK", "x" * 201, "")
    assert refused(wrong) == ["rows[2].country", "rows[2].metadata.Plan"]
    assert refused(HEADER.replace("team size", " ") + row.format("s3", "c", "AT", "", "x")) == ["rows[2].metadata."]
    assert refused(HEADER.replace("metadata.Plan", "plan")) == ["header.plan"]
    assert Order.objects.count() == 2


def test_what_a_form_on_a_website_tells_goes_with_the_order_it_becomes(aurora: Brand, drain: Callable[[], int]) -> None:
    with brand_entered(aurora):
        offer = offer_at(100_00)
        partner("nord", [percent("0.20", country=["AT"]), percent("0.01")])
        site = create_site(name="Blog", allowed_hosts=["blog.example"], actor=ACTOR, at=AT)

    def ask(**lead: Any) -> Any:
        body = {"site": site.public_key, "visitor": "v1", "lead": {"email": "v1@example.com", "offer": "tour"} | lead}
        headers = {"Host": "aurora.localhost", "Origin": "https://blog.example"}
        return Client().post("/w/v1/leads", json.dumps(body), content_type="application/json", headers=headers)

    wrong = [
        ({"country": "at"}, "lead.country"),
        ({"country": "EU"}, "lead.country"),
        ({"metadata": {"plan": 5}}, "lead.metadata.plan"),
        ({"metadata": {"plan": ""}}, "lead.metadata.plan"),
        ({"metadata": {"plan": "x" * 201}}, "lead.metadata.plan"),
        ({"metadata": {"plan": "a\nb"}}, "lead.metadata.plan"),
        ({"metadata": {"p" * 41: "x"}}, f"lead.metadata.{'p' * 40}"),
        ({"metadata": {str(number): "x" for number in range(21)}}, "lead.metadata"),
        ({"metadata": ["plan"]}, "lead.metadata"),
    ]
    for told, field in wrong:
        answer = ask(**told)
        errors = [error["field"] for error in answer.json()["details"]["errors"]]
        assert (answer.status_code, errors) == (422, [field])
    assert ask().status_code == ask(country="AT", metadata={"plan": "pro"}).status_code == 201
    with brand_entered(aurora):
        order = order_of(offer, "v1", via="nord")
        assert (order.country, order.metadata, order.lead) == ("AT", {"plan": "pro"}, Lead.objects.get())
        mark_paid(order_ref=order.public_id, at=AT)
        drain()
        assert priced() == [("country", 20_00)]
        assert Lead.objects.get().state == "won"


def test_a_placement_is_carried_from_the_touch_to_the_rule_and_the_report(
    in_aurora: Brand, drain: Callable[[], int]
) -> None:
    partner("nord", [percent("0.20", placement=["sidebar"]), percent("0.01")])
    offer, site = offer_at(100_00), create_site(name="Blog", allowed_hosts=["blog.example"], actor=ACTOR, at=AT)
    for visitor, place in (("v1", "sidebar"), ("v2", "footer"), ("v3", "")):
        seen = TrackedEvent(uid=visitor, type="page_view", at=AT - DAY, via="nord", placement=place)
        record_events(site=site, visitor_ref=visitor, events=[seen], origin_host="blog.example", at=AT - DAY)
        order = order_of(offer, visitor)
        mark_paid(order_ref=order.public_id, at=AT)
        drain()
        decision = attribution_of_order(order.public_id)
        assert decision is not None
        assert [share.placement for share in decision.shares.all()] == [place]
        assert replay(decision) == []
    assert priced() == [("placement", 20_00), ("rest", 1_00), ("rest", 1_00)]
    found = {row.key: row.amount_minor for row in owed_by(Dimension.PLACEMENT, Filters())}
    assert found == {"sidebar": 20_00, "footer": 1_00, "": 1_00}
    [owed] = owed_by(Dimension.SITE, Filters(placement="sidebar"))
    assert (owed.label, owed.amount_minor) == ("Blog", 20_00)


def test_countries_are_those_of_iso_3166_and_have_names() -> None:
    codes = [code for code, _ in named_countries("ko")]
    assert (len(codes), len(set(codes))) == (250, 250)
    assert [code for code in ("AT", "KR", "XK", "UK", "EU", "ZZ", "at", "", "276", None) if is_country(code)] == [
        "AT", "KR", "XK",
    ]  # fmt: skip
    assert (country_name("AT", "es-MX"), country_name("UK", "en"), named_countries("en")[0]) == (
        "Austria", "UK", ("AF", "Afghanistan"),
    )  # fmt: skip
    assert wrong_facts("AT", {"plan": "pro"}) == wrong_facts("", {}) == []
