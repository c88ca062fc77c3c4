"""A registered deal: the first that is qualified is protected, the later partner is told so, the clock runs out."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from kernel.errors import InvalidInput
from kernel.lifecycle import IllegalTransition
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import (
    decide,
    ensure_policy,
    expire_deals,
    extend_deal,
    qualify_deal,
    register_deal,
    reject_deal,
    withdraw_deal,
)
from tenant_apps.attribution.actions.dealing import TAKEN
from tenant_apps.attribution.errors import DealTaken, ReasonMissing
from tenant_apps.attribution.models import Deal
from tenant_apps.attribution.queries import attribution_of_order, replay
from tenant_apps.attribution.rules.deals import Prospect, covers, normalized_domain, same_prospect, wrong_domain
from tenant_apps.orders.models import Order
from tenant_apps.programs.actions import end_enrollment
from tenant_apps.programs.errors import EnrollmentNotActive
from tenant_apps.programs.models import Enrollment
from tests.attribution.test_actions import reasons, shares
from tests.commissions.selling import ACTOR, AT, DAY, offer_at, paid_order, partner, visit
from tests.commissions.test_races import at_once
from tests.conftest import brand_named


def register(enrollment: Enrollment, *, at: datetime = AT - 20 * DAY, **said: Any) -> Deal:
    wish = {"company": "Acme", "email": "ann@acme.example", "domain": "", "phone": "", "note": "", "expected_minor": 0}
    return register_deal(enrollment=enrollment, actor=ACTOR, at=at, **(wish | said))


def qualify(deal: Deal, at: datetime = AT - 19 * DAY) -> Deal:
    return qualify_deal(deal=deal, reason="", actor=ACTOR, at=at)


def bought(email: str = "ann@acme.example", visitor: str = "v1") -> Order:
    known = Order.objects.first()
    return paid_order(known.lines.get().offer if known else offer_at(100_00), visitor, email=email)


def test_a_live_deal_outranks_every_click(in_aurora: Brand) -> None:
    nord, sued = partner("nord"), partner("sued")
    deal = qualify(register(nord))
    assert (deal.state, deal.protected_until) == ("qualified", AT + 71 * DAY)
    visit("v1", sued)
    decision = decide(order_ref=bought().public_id, at=AT)
    assert (shares(decision), reasons(decision)) == ([("nord", 100_00)], [None, "lower_priority"])
    assert decision.verdicts[0]["touch"] == deal.public_id
    assert replay(decision) == []
    assert shares(decide(order_ref=bought("bob@acme.example", "v2").public_id, at=AT)) == []


def test_a_domain_covers_its_addresses_and_a_phone_its_number(in_aurora: Brand) -> None:
    qualify(register(partner("nord"), email="", domain="https://www.Acme.example/about"))
    assert shares(decide(order_ref=bought("bob@acme.example").public_id, at=AT)) == [("nord", 100_00)]
    assert shares(decide(order_ref=bought("bob@notacme.example", "v2").public_id, at=AT)) == []


def test_a_deal_older_than_the_window_counts_while_it_is_protected(in_aurora: Brand) -> None:
    ensure_policy(terms={"model": "last", "window_days": 5, "deal_days": 60}, at=AT - 90 * DAY)
    qualify(register(partner("nord"), at=AT - 50 * DAY), AT - 49 * DAY)
    assert shares(decide(order_ref=bought().public_id, at=AT)) == [("nord", 100_00)]


def test_a_deal_whose_clock_ran_out_protects_nobody(in_aurora: Brand) -> None:
    ensure_policy(terms={"model": "last", "deal_days": 10}, at=AT - 90 * DAY)
    deal = qualify(register(partner("nord")), AT - 19 * DAY)
    assert shares(decide(order_ref=bought().public_id, at=AT)) == []
    assert (expire_deals(at=AT - 9 * DAY - timedelta(seconds=1)), expire_deals(at=AT - 9 * DAY)) == (0, 1)
    deal.refresh_from_db()
    assert (deal.state, deal.closed_at) == ("expired", AT - 9 * DAY)


def test_the_first_qualified_wins_and_the_others_are_told_without_a_name(in_aurora: Brand) -> None:
    nord, sued, west = partner("nord"), partner("sued"), partner("west")
    first, second = register(nord), register(sued, domain="acme.example", email="")
    winner = qualify(second)
    first.refresh_from_db()
    assert (first.state, first.reason, first.beaten_by) == ("rejected", TAKEN, winner)
    late = register(west, at=AT)
    assert (late.state, late.reason, late.beaten_by) == ("rejected", TAKEN, winner)
    assert "sued" not in late.reason
    with pytest.raises(IllegalTransition):
        qualify(first)


def test_a_partner_who_has_left_is_protected_no_more(in_aurora: Brand) -> None:
    nord, sued = partner("nord"), partner("sued")
    visit("v1", sued)
    qualify(register(nord))
    waiting = register(nord, email="bob@other.example")
    assert shares(decide(order_ref=bought().public_id, at=AT)) == [("nord", 100_00)]
    end_enrollment(enrollment=nord, reason="Left", actor=ACTOR, at=AT)
    assert shares(decide(order_ref=bought().public_id, at=AT)) == [("sued", 100_00)]
    with pytest.raises(EnrollmentNotActive):
        qualify(waiting)
    assert register(sued, at=AT).state == "submitted"


def test_after_a_withdrawal_the_prospect_is_free(in_aurora: Brand) -> None:
    first = qualify(register(partner("nord")))
    withdraw_deal(deal=first, reason="", actor=ACTOR, at=AT - DAY)
    assert qualify(register(partner("sued"), at=AT - DAY), AT - DAY).state == "qualified"
    assert shares(decide(order_ref=bought().public_id, at=AT)) == [("sued", 100_00)]


def test_an_extension_says_why_and_moves_the_end(in_aurora: Brand) -> None:
    deal = qualify(register(partner("nord")))
    with pytest.raises(ReasonMissing):
        extend_deal(deal=deal, days=10, reason=" ", actor=ACTOR, at=AT)
    with pytest.raises(InvalidInput, match="days"):
        extend_deal(deal=deal, days=0, reason="x", actor=ACTOR, at=AT)
    assert extend_deal(deal=deal, days=10, reason="slow", actor=ACTOR, at=AT).protected_until == AT + 81 * DAY
    with pytest.raises(DealTaken):
        extend_deal(deal=deal, days=10, reason="slow", actor=ACTOR, at=AT + 90 * DAY)
    with pytest.raises(ReasonMissing):
        reject_deal(deal=register(partner("sued"), email="new@corp.example"), reason="", actor=ACTOR, at=AT)


def test_a_deal_qualified_after_the_sale_makes_the_next_version(in_aurora: Brand, drain: Callable[[], int]) -> None:
    nord, sued = partner("nord"), partner("sued")
    visit("v1", sued)
    register(sued, email="bob@other.example")  # another prospect's: nothing follows from it
    deal = register(nord)
    order = bought()
    drain()
    qualify(deal, AT + DAY)
    drain()
    found = attribution_of_order(order.public_id)
    assert found is not None
    assert (found.version, shares(found), found.cause) == (2, [("nord", 100_00)], f"deal:{deal.public_id}")
    deal.refresh_from_db()
    assert (deal.state, deal.order_ref) == ("won", order.public_id)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"email": "", "domain": "", "phone": ""}, "email"),
        ({"email": "ann@"}, "email"),
        ({"domain": "gmail.com"}, "domain"),
        ({"domain": "no domain"}, "domain"),
        ({"phone": "call me"}, "phone"),
        ({"company": " "}, "company"),
        ({"expected_minor": -1}, "expected_minor"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_a_wrong_registration_is_named(in_aurora: Brand, said: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        register(partner("nord"), **said)
    assert [error["field"] for error in refused.value.errors] == [field]
    assert Deal.objects.count() == 0


def test_prospects_are_compared_either_way_round() -> None:
    domain, mail = Prospect(domain="acme.example"), Prospect(email="ann@acme.example")
    assert same_prospect(domain, mail)
    assert same_prospect(mail, domain)
    assert not same_prospect(mail, Prospect(email="bob@acme.example"))
    assert same_prospect(Prospect(phone="+491"), Prospect(email="a@b.example", phone="+491"))
    assert not same_prospect(Prospect(email="a@b.example"), Prospect(phone="+491"))
    assert not covers(domain, email="ann@sub.acme.example", phone="")
    assert not covers(Prospect(), email="", phone="")
    assert (normalized_domain("@Acme.example."), wrong_domain("acme.example")) == ("acme.example", "")


def test_of_two_qualified_at_once_one_wins(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        deals = [register(partner(name)) for name in ("nord", "sued")]

    def attempt(deal: Deal) -> None:
        with suppress(DealTaken, IllegalTransition):
            qualify(Deal.objects.get(pk=deal.pk))

    at_once(brand, *[lambda d=deal: attempt(d) for deal in deals])
    with brand_entered(brand):
        assert sorted(Deal.objects.values_list("state", flat=True)) == ["qualified", "rejected"]
