"""Conditions and caps beside the published ones: what matches, what is refused, and what is not guessed at."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import decide
from tenant_apps.commissions.actions import accrue
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import recomputed_minor
from tenant_apps.orders.actions import mark_paid
from tests.commissions.selling import AT, DAY, decision_of, offer_at, order_of, paid_order, partner, refund, visit
from tests.commissions.test_races import at_once
from tests.commissions.test_rules import PERCENT, amounts, compute, line, reasons, rule
from tests.conftest import brand_named

Drain = Callable[[], int]
REST = {"id": "rest", "pay": {"kind": "percent", "rate": "0.01"}}
FIRST = "2026-01-31T12:00:00+00:00"


@pytest.mark.parametrize(
    ("when", "sale", "matches"),
    [
        ({"country": ["DE", "AT"]}, {"country": "AT"}, True),
        ({"country": ["DE", "AT"]}, {"country": "FR"}, False),
        ({"partner": ["par_1"]}, {"partner": "par_1"}, True),
        ({"partner": ["par_1"]}, {"partner": "par_2"}, False),
        ({"placement": ["footer"]}, {"placement": "footer"}, True),
        ({"placement": ["footer"]}, {}, False),
        ({"min_amount_minor": 10000}, {}, True),
        ({"min_amount_minor": 10001}, {}, False),
        ({"max_amount_minor": 9999}, {}, False),
        ({"min_order_minor": 10001}, {}, False),
        ({"min_quantity": 2}, {}, False),
        ({"max_quantity": 1}, {}, True),
        ({"metadata": {"plan": ["pro", "team"]}}, {"metadata": {"plan": "team"}}, True),
        ({"metadata": {"plan": ["pro"]}}, {"metadata": {"plan": "free"}}, False),
        ({"metadata": {"plan": ["pro"]}}, {}, False),
        # The customer of January 31 is one full month old on February 28 at noon, two on March 31.
        ({"min_customer_age_months": 1}, {"at": "2026-02-28T11:59:59+00:00", "first_charge_at": FIRST}, False),
        ({"min_customer_age_months": 1}, {"at": "2026-02-28T12:00:00+00:00", "first_charge_at": FIRST}, True),
        ({"max_customer_age_months": 1}, {"at": "2026-03-31T11:59:59+00:00", "first_charge_at": FIRST}, True),
        ({"max_customer_age_months": 1}, {"at": "2026-03-31T12:00:00+00:00", "first_charge_at": FIRST}, False),
        ({"max_customer_age_months": 0}, {}, True),
    ],
)
def test_a_condition_holds_or_says_why_not(when: dict[str, Any], sale: dict[str, Any], matches: bool) -> None:
    answer = compute([rule(PERCENT, when=when), REST], line(), **sale)
    assert amounts(answer) == [1000 if matches else 100]
    told = [step["label"] for step in answer["lines"][0]["explanation"]]
    assert ("Rule r does not match" in told) is not matches


@pytest.mark.parametrize(
    ("when", "sale"),
    [
        ({"country": ["DE"]}, {}),
        ({"country": ["DE"]}, {"country": None}),
        ({"partner": ["par_1"]}, {}),
        ({"min_customer_age_months": 1}, {"charge_number": 2}),
    ],
)
def test_a_rule_that_needs_an_unknown_fact_pays_nothing_and_hands_on_nothing(
    when: dict[str, Any], sale: dict[str, Any]
) -> None:
    answer = compute([rule(PERCENT, when=when), REST], line(), **sale)
    assert (amounts(answer), reasons(answer), answer["lines"][0]["rule"]) == ([0], ["unknown_fact"], "r")
    # Known not to be for this product, it does not need the fact.
    other = compute([rule(PERCENT, when=when | {"product": ["y"]}), REST], line(), **sale)
    assert (amounts(other), reasons(other)) == ([100], [None])


def test_metadata_of_a_line_goes_before_the_orders() -> None:
    wanted = rule(PERCENT, when={"metadata": {"plan": ["pro"]}})
    answer = compute([wanted, REST], line(metadata={"plan": "free"}), line(), metadata={"plan": "pro"})
    assert amounts(answer) == [100, 1000]


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"when": {"country": ["de"]}}, "contract.rules[0].when.country[0]"),
        ({"when": {"country": []}}, "contract.rules[0].when.country"),
        ({"when": {"metadata": {}}}, "contract.rules[0].when.metadata"),
        ({"when": {"metadata": {"plan": "pro"}}}, "contract.rules[0].when.metadata.plan"),
        ({"when": {"min_quantity": 3, "max_quantity": 2}}, "contract.rules[0].when.max_quantity"),
        ({"when": {"min_ammount_minor": 3}}, "contract.rules[0].when.min_ammount_minor"),
        ({"limits": {"min_minor": 3, "max_minor": 2}}, "contract.rules[0].limits.max_minor"),
        ({"limits": {"caps": [{"per": "period", "amount_minor": 2}]}}, "contract.rules[0].limits.caps[0].period"),
        ({"limits": {"caps": [{"per": "year", "amount_minor": 2}]}}, "contract.rules[0].limits.caps[0].per"),
        (
            {"limits": {"caps": [{"per": "order", "period": "month", "amount_minor": 2}]}},
            "contract.rules[0].limits.caps[0].period",
        ),
    ],
)
def test_what_is_not_understood_is_refused_by_its_path(broken: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        compute([rule(PERCENT) | broken], line())
    assert refused.value.errors[0]["field"] == field


def test_the_tightest_cap_wins_and_a_maximum_comes_before_it() -> None:
    limits = {
        "max_minor": 800,
        "caps": [{"per": "customer", "amount_minor": 900}, {"per": "order", "amount_minor": 1200}],
    }
    answer = compute([rule(PERCENT, limits=limits)], line(), line(), caps_used={"r": [200, 0]})
    # 800 at most a line; 700 are left for the customer, then nothing.
    assert (amounts(answer), reasons(answer)) == ([700, 0], ["cap", "cap"])
    assert {"label": "Lowered to the maximum", "value": "8.00 USD"} in answer["lines"][0]["explanation"]
    cut = {"label": "Cut by the cap", "value": "9.00 USD per customer, of which 2.00 USD is used"}
    assert cut in answer["lines"][0]["explanation"]


def test_a_cap_per_partner_is_shared_by_all_rules_of_a_sale() -> None:
    cap = {"limits": {"caps": [{"per": "partner", "amount_minor": 1500}]}}
    first, second = rule(PERCENT, when={"product": ["a"]}) | cap, {"id": "s", "pay": PERCENT} | cap
    assert amounts(compute([first, second], line(product="a"), line(), line(product="a"))) == [1000, 500, 0]


@given(st.lists(st.integers(0, 10**6), max_size=5), st.integers(0, 10**5), st.integers(0, 10**5), st.integers(0, 10**5))
def test_no_cap_is_ever_exceeded(grosses: list[int], order: int, customer: int, used: int) -> None:
    limits = {"caps": [{"per": "order", "amount_minor": order}, {"per": "customer", "amount_minor": customer}]}
    total = compute([rule(PERCENT, limits=limits)], *map(line, grosses), caps_used={"r": [0, used]})["total_minor"]
    assert total <= min(order, max(0, customer - used))


def test_a_booked_sale_knows_its_country_and_metadata_or_is_held(in_aurora: Brand, drain: Drain) -> None:
    when = {"country": ["DE"], "metadata": {"plan": ["pro"]}}
    nord = partner(
        "nord", [{"id": "r", "when": when, "pay": PERCENT}, {"id": "rest", "pay": PERCENT | {"rate": "0.01"}}]
    )
    offer = offer_at(100_00)
    facts: list[dict[str, Any]] = [
        {"country": "DE", "metadata": {"plan": "pro"}}, {"country": "FR", "metadata": {"plan": "pro"}},
        {"metadata": {"plan": "pro"}}, {"metadata": {"plan": "free"}},
    ]  # fmt: skip
    for number, known in enumerate(facts):
        visit(f"v{number}", nord)
        order = order_of(offer, f"v{number}")
        type(order).objects.filter(pk=order.pk).update(**known)
        pay(order)
        drain()
    lines = Commission.objects.order_by("pk")
    assert [(each.rule, each.amount_minor, each.reason, each.state) for each in lines] == [
        ("r", 10_00, "", "pending"),
        ("rest", 1_00, "", "pending"),
        ("r", 0, "unknown_fact", "hold"),
        ("rest", 1_00, "", "pending"),
    ]
    assert all(recomputed_minor(each) == each.amount_minor for each in lines)


def pay(order: Any) -> None:
    mark_paid(order_ref=order.public_id, at=AT)


def capped(per: str, amount: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": "r", "pay": PERCENT, "limits": {"caps": [{"per": per, "amount_minor": amount} | more]}}]


def test_caps_per_customer_and_period_count_what_was_not_taken_back(in_aurora: Brand, drain: Drain) -> None:
    nord, offer = partner("nord", capped("customer", 15_00)), offer_at(100_00)
    sued = partner("sued", capped("period", 15_00, period="month"))
    orders = []
    for who, emails in ((nord, ("a", "a", "b")), (sued, ("c", "d", "e"))):
        for number, email in enumerate(emails):
            visit(f"{email}{number}", who)
            orders.append(
                paid_order(offer, f"{email}{number}", email=f"{email}@example.com", at=AT + number * 15 * DAY)
            )
            drain()
    earned = [line.amount_minor for line in Commission.objects.order_by("pk")]
    # The same customer gets the rest of 15 only, another one all; March 10 and 25 are one month, April 9 the next.
    assert earned == [10_00, 5_00, 10_00, 10_00, 5_00, 10_00]
    refund(orders[0], 100_00)
    drain()
    visit("again", nord)
    paid_order(offer, "again", email="a@example.com", at=AT + 40 * DAY)
    drain()
    assert Commission.objects.order_by("-pk")[0].amount_minor == 10_00
    assert all(recomputed_minor(line) == line.amount_minor for line in Commission.objects.filter(reverses=None))


def test_parallel_sales_of_one_partner_share_its_cap(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        nord, offer = partner("nord", capped("partner", 25_00)), offer_at(100_00)
        orders = []
        for number in range(5):
            visit(f"v{number}", nord)
            orders.append(paid_order(offer, f"v{number}"))
            decide(order_ref=orders[-1].public_id, at=AT)
        refs = [decision_of(order) for order in orders]
    at_once(brand, *[lambda r=ref: accrue(attribution_ref=r, at=AT) for ref in refs])
    with brand_entered(brand):
        assert sorted(each.amount_minor for each in Commission.objects.all()) == [0, 0, 5_00, 10_00, 10_00]
