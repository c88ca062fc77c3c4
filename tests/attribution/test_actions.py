"""Who brought an order: decided once, from frozen evidence, with a verdict for every touch."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, connections, transaction

from kernel.errors import InvalidInput
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.attribution.actions import DEFAULT_TERMS, decide, ensure_policy
from tenant_apps.attribution.errors import OrderNotPaid, UnknownOrder
from tenant_apps.attribution.models import Attribution, Policy, Share
from tenant_apps.attribution.queries import attribution_of_order, replay
from tenant_apps.attribution.rules import verdict_in_english
from tenant_apps.orders.models import Order
from tenant_apps.tracking.actions import create_site, record_touch
from tests.commissions.selling import ACTOR, AT, DAY, offer_at, order_of, paid_order, partner, visit
from tests.conftest import brand_named

MINUTE = timedelta(minutes=1)


def shares(attribution: Attribution) -> list[tuple[str, int]]:
    return [(share.enrollment.partner_name, share.amount_minor) for share in attribution.shares.order_by("position")]


def reasons(attribution: Attribution) -> list[str | None]:
    return [verdict["reason"] for verdict in attribution.verdicts]


def test_the_last_click_earns_it_and_the_loser_is_told_why(in_aurora: Brand) -> None:
    nord, sued, west = partner("nord"), partner("sued"), partner("west")
    visit("v1", nord, AT - 100 * DAY)
    visit("v1", sued, AT - 2 * DAY)
    visit("v1", west, AT - DAY)
    order = paid_order(offer_at(100_00), "v1")
    decision = decide(order_ref=order.public_id, at=AT)
    assert shares(decision) == [("west", 100_00)]
    assert reasons(decision) == ["outside_window", "not_last", None]
    assert [verdict["won"] for verdict in decision.verdicts] == [False, False, True]
    assert verdict_in_english(decision.verdicts[0]["why"]).endswith("is older than the window of 90 days.")
    assert decision.policy.terms == DEFAULT_TERMS
    assert (decision.policy.number, Policy.objects.count()) == (1, 1)
    assert replay(decision) == []


def test_it_is_decided_once(in_aurora: Brand) -> None:
    nord = partner("nord")
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1")
    first = decide(order_ref=order.public_id, at=AT)
    visit("v1", partner("sued"), AT - MINUTE)
    again = decide(order_ref=order.public_id, at=AT + DAY)
    assert (again.pk, again.decided_at, shares(again)) == (first.pk, AT, [("nord", 100_00)])
    assert Message.objects.filter(name="conversion.attributed").count() == 1


def test_a_split_gives_each_cent_to_somebody(in_aurora: Brand) -> None:
    ensure_policy(terms={"model": "linear"}, at=AT - 30 * DAY)
    for number, name in enumerate(("nord", "sued", "west")):
        visit("v1", partner(name), AT - DAY + number * MINUTE)
    decision = decide(order_ref=paid_order(offer_at(100_00), "v1").public_id, at=AT)
    assert shares(decision) == [("nord", 33_34), ("sued", 33_33), ("west", 33_33)]
    assert {(share.numerator, share.denominator) for share in decision.shares.all()} == {("1", "3")}
    assert replay(decision) == []


def test_nobody_to_credit_is_a_decision(in_aurora: Brand) -> None:
    order = paid_order(offer_at(100_00), "v1")
    decision = decide(order_ref=order.public_id, at=AT)
    assert (shares(decision), decision.verdicts, replay(decision)) == ([], [], [])
    assert Message.objects.filter(name="conversion.attributed").count() == 1


def test_a_partner_cannot_refer_itself_and_the_record_keeps_no_address(in_aurora: Brand) -> None:
    nord = partner("nord")
    visit("v1", nord)
    order = paid_order(offer_at(100_00), "v1", email="NORD@partners.example")
    decision = decide(order_ref=order.public_id, at=AT)
    assert (shares(decision), reasons(decision)) == ([], ["self_referral"])
    assert "@" not in json.dumps(decision.evidence)
    assert replay(decision) == []


def test_a_click_after_the_checkout_opened_cannot_take_over(in_aurora: Brand) -> None:
    nord, sued = partner("nord"), partner("sued")
    visit("v1", nord, AT - DAY)
    order = order_of(offer_at(100_00), "v1")
    Order.objects.filter(pk=order.pk).update(checkout_opened_at=AT + MINUTE, paid_at=AT + 10 * MINUTE)
    visit("v1", sued, AT + 5 * MINUTE)
    decision = decide(order_ref=order.public_id, at=AT + 10 * MINUTE)
    assert (shares(decision), reasons(decision)) == ([("nord", 100_00)], [None, "late_click"])


def test_a_code_on_the_order_counts_as_a_click_unless_its_touch_is_known(in_aurora: Brand) -> None:
    nord, offer = partner("nord"), offer_at(100_00)
    order = order_of(offer, "v1", via="NORD")
    Order.objects.filter(pk=order.pk).update(checkout_opened_at=AT, paid_at=AT + MINUTE)
    decision = decide(order_ref=order.public_id, at=AT + MINUTE)
    assert shares(decision) == [("nord", 100_00)]
    assert [verdict["touch"] for verdict in decision.verdicts] == [f"{order.public_id}:via"]
    visit("v2", nord)
    again = decide(order_ref=paid_order(offer, "v2", via="nord").public_id, at=AT)
    assert len(again.verdicts) == 1
    assert again.verdicts[0]["touch"].startswith("tch_")
    unknown = decide(order_ref=paid_order(offer, "v3", via="nobody").public_id, at=AT)
    assert shares(unknown) == []


def test_a_share_carries_the_site_and_campaign_of_its_touch(in_aurora: Brand) -> None:
    nord = partner("nord")
    site = create_site(name="Blog", enrollment=nord, allowed_hosts=["blog.example"], actor=ACTOR, at=AT)
    link = nord.links.get()
    record_touch(visitor_ref="v1", link=link, channel="click", at=AT - DAY, site=site, utm={"campaign": "spring"})
    decision = decide(order_ref=paid_order(offer_at(100_00), "v1").public_id, at=AT)
    assert [(share.site_ref, share.campaign) for share in decision.shares.all()] == [(site.public_id, "spring")]


def test_a_policy_has_versions_and_an_order_is_decided_by_the_one_of_its_day(in_aurora: Brand) -> None:
    first = ensure_policy(terms={"model": "first"}, at=AT - 10 * DAY)
    assert ensure_policy(terms={"model": "first"}, at=AT - 5 * DAY) == first
    second = ensure_policy(terms={"model": "last"}, at=AT + DAY)
    assert (first.number, second.number) == (1, 2)
    visit("v1", partner("nord"), AT - 2 * DAY)
    visit("v1", partner("sued"), AT - DAY)
    decision = decide(order_ref=paid_order(offer_at(100_00), "v1").public_id, at=AT + 2 * DAY)
    assert (decision.policy, shares(decision)) == (first, [("nord", 100_00)])


def test_what_cannot_be_decided_is_refused(in_aurora: Brand) -> None:
    order = order_of(offer_at(100_00), "v1")
    with pytest.raises(OrderNotPaid):
        decide(order_ref=order.public_id, at=AT)
    with pytest.raises(UnknownOrder):
        decide(order_ref="ord_none", at=AT)
    with pytest.raises(InvalidInput, match=r"policy\.model"):
        ensure_policy(terms={"model": "lats"}, at=AT)
    assert (Attribution.objects.count(), Policy.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "verb", ["UPDATE attribution_share SET amount_minor = 0", "DELETE FROM attribution_attribution"]
)
def test_a_decision_cannot_be_changed(in_aurora: Brand, verb: str) -> None:
    visit("v1", partner("nord"))
    decide(order_ref=paid_order(offer_at(100_00), "v1").public_id, at=AT)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)
    assert Share.objects.get().amount_minor == 100_00


def test_replaying_finds_a_forged_share(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        visit("v1", partner("nord"))
        order = paid_order(offer_at(100_00), "v1")
        decide(order_ref=order.public_id, at=AT)
    assert replayed("--brand", "Aurora") == (0, {"brands": [{"brand": "Aurora", "replayed": 1, "differences": []}]})
    assert replayed("--all", "--since", "2026-03-11T00:00:00Z")[1]["brands"][0]["replayed"] == 0
    owner = connections["owner"]
    owner.set_tenant(brand)
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute("UPDATE attribution_share SET amount_minor = 9999")
    owner.set_schema_to_public()
    code, answer = replayed("--all")
    assert code == 1
    assert [found["order"] for found in answer["brands"][0]["differences"]] == [order.public_id, order.public_id]
    with brand_entered(brand):
        found = attribution_of_order(order.public_id)
        assert found is not None
        assert replay(found)[1] == "the shares do not sum to the conversion"


def test_a_wrong_since_is_named(aurora: Brand) -> None:
    code, answer = replayed("--since", "yesterday")
    assert (code, answer["details"]["errors"][0]["field"]) == (2, "since")


def replayed(*arguments: str) -> tuple[int, Any]:
    out, code = io.StringIO(), 0
    try:
        call_command("attribution", "replay", *arguments, "--json", stdout=out, stderr=out)
    except SystemExit as left:
        code = int(left.code or 0)
    return code, json.loads(out.getvalue())
