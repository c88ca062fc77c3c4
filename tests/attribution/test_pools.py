"""A conversion shared among roles: each pool decides for itself, and every cent of it is accounted for."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from tenant_apps.attribution.rules import preview_attribution
from tests.attribution.test_rules import CONVERSION, rejected, shares

ROLES = ["affiliate", "creator", "site", "agent", "vendor"]
HALVES = [{"roles": ["affiliate", "creator"], "weight": "0.7"}, {"roles": ["site"], "weight": "0.3"}]
EACH_ITS_OWN = [{"roles": [role], "weight": "1"} for role in ROLES]


def touch(key: str, role: str, day: int, channel: str = "click", **more: Any) -> dict[str, Any]:
    made = {"id": key, "participant": key, "role": role, "channel": channel, "at": f"2026-03-{day:02}T00:00:00Z"}
    return made | more


def direct(key: str, day: int) -> dict[str, Any]:
    return {"id": key, "channel": "direct", "at": f"2026-03-{day:02}T00:00:00Z"}


def decide(policy: dict[str, Any], *touches: dict[str, Any], **more: Any) -> dict[str, Any]:
    conversion = CONVERSION | more.pop("conversion", {})
    return preview_attribution({"policy": policy, "conversion": conversion, "touches": list(touches), **more})


def test_each_pool_runs_its_own_ladder_and_model() -> None:
    # 901 × 0.7 = 630.7 and 901 × 0.3 = 270.3: largest remainder gives 631 and 270.
    answer = decide(
        {"model": "last", "pools": HALVES},
        touch("aff", "affiliate", 1, "code"), touch("crea", "creator", 3), touch("blog", "site", 2),
        touch("shop", "vendor", 4), conversion={"amount_minor": 901},
    )  # fmt: skip
    assert shares(answer) == {"aff": 631, "blog": 270}
    assert rejected(answer) == {"crea": "lower_priority", "shop": "no_pool"}
    assert [(pool["amount_minor"], pool["unclaimed_minor"]) for pool in answer["pools"]] == [(631, 0), (270, 0)]
    sentences = {verdict["touch"]: verdict["explanation"] for verdict in answer["verdicts"]}
    assert sentences["aff"].endswith("among affiliate, creator with 0.7 of the sale.")
    assert sentences["shop"] == "The role vendor has no part in sales of this brand."


def test_pools_of_weight_one_share_the_whole_sale_each() -> None:
    answer = decide(
        {"model": "linear", "pools": EACH_ITS_OWN}, touch("a", "affiliate", 1), touch("b", "affiliate", 2),
        touch("c", "agent", 3), conversion={"amount_minor": 901},
    )  # fmt: skip
    assert shares(answer) == {"a": 451, "b": 450, "c": 901}
    assert [share["fraction"] for share in answer["shares"]] == ["0.500000000000", "0.500000000000", "1.000000000000"]


def test_an_empty_pool_leaves_its_part_unclaimed() -> None:
    answer = decide({"model": "last", "pools": HALVES}, touch("aff", "affiliate", 1))
    assert shares(answer) == {"aff": 630}
    assert [pool["unclaimed_minor"] for pool in answer["pools"]] == [0, 270]


def test_a_direct_visit_that_counts_is_paid_to_nobody() -> None:
    policy = {"model": "linear", "direct": "count"}
    answer = decide(policy, touch("aff", "affiliate", 1), direct("d", 2))
    assert shares(answer) == {"aff": 450}
    assert answer["pools"][0]["unclaimed_minor"] == 450
    assert [verdict["participant"] for verdict in answer["verdicts"]] == ["aff", None]
    assert answer["verdicts"][1]["explanation"] == "A direct visit: its 50.00 % stay with the brand."
    last = decide({"model": "last", "direct": "count"}, touch("aff", "affiliate", 1), direct("d", 2))
    assert (shares(last), rejected(last)) == ({}, {"aff": "not_last"})
    ignored = decide({"model": "last"}, touch("aff", "affiliate", 1), direct("d", 2))
    assert (shares(ignored), rejected(ignored)) == ({"aff": 900}, {"d": "direct_ignored"})


def test_direct_visits_stand_where_the_ladder_says() -> None:
    ladder = [["click"], ["direct"]]
    answer = decide({"model": "last", "direct": "count", "ladder": ladder}, touch("a", "site", 1), direct("d", 2))
    assert (shares(answer), rejected(answer)) == ({"a": 900}, {"d": "lower_priority"})
    codes = decide({"model": "last", "direct": "count", "ladder": [["code"]]}, direct("d", 2))
    assert codes["verdicts"][0]["reason"] is None


def test_a_programs_own_window_guards_and_model() -> None:
    brand = {"model": "last", "window_days": 90}
    short = [{"program": "prg_1", "policy": {"window_days": 3, "model": "first"}}]
    old, new = touch("old", "site", 1, program="prg_1"), touch("new", "site", 9, program="prg_1")
    assert rejected(decide(brand, old, new, programs=short)) == {"old": "outside_window"}
    fresh = [touch(str(day), "site", day, program="prg_1") for day in (8, 9)]
    assert shares(decide(brand, *fresh, programs=short)) == {"8": 900}
    mixed = [*fresh, touch("other", "site", 7, program="prg_2")]
    assert shares(decide(brand, *mixed, programs=short)) == {"9": 900}
    lenient = [{"program": "prg_1", "policy": {"self_referral": "allow", "late_click": "allow"}}]
    own = touch("own", "site", 9, program="prg_1", participant_email="ann@example.com")
    facts = {"customer_email": "ann@example.com", "checkout_opened_at": "2026-03-08T00:00:00Z"}
    assert shares(decide(brand, own, programs=lenient, conversion=facts)) == {"own": 900}
    assert rejected(decide(brand, own, conversion=facts)) == {"own": "self_referral"}


@pytest.mark.parametrize(
    ("ours", "theirs", "is_same"),
    [
        ({"participant_phone": "+49 170 123-45"}, {"customer_phone": "+4917012345"}, True),
        ({"participant_phone": "+4917012346"}, {"customer_phone": "+4917012345"}, False),
        ({"participant_cards": ["x", "y"]}, {"customer_card": "y"}, True),
        ({"participant_cards": ["x"]}, {"customer_card": "y"}, False),
        ({"participant_phone": None, "participant_cards": []}, {"customer_phone": None, "customer_card": None}, False),
    ],
)
def test_the_same_phone_or_card_is_the_same_person(ours: Any, theirs: Any, *, is_same: bool) -> None:
    answer = decide({"model": "last"}, touch("a", "site", 1, **ours), conversion=theirs)
    assert rejected(answer) == ({"a": "self_referral"} if is_same else {})


def test_codes_may_credit_nobody() -> None:
    answer = decide({"model": "last", "code": "none"}, touch("a", "site", 1), touch("b", "creator", 2, "code"))
    assert (shares(answer), rejected(answer)) == ({"a": 900}, {"b": "code_not_credited"})


def test_shares_stand_in_the_order_of_first_touches_and_pools_name_their_roles_in_order() -> None:
    roles = ["vendor", "site", "creator", "affiliate"]
    pools = [{"roles": ["agent"], "weight": "0.5"}, {"roles": roles, "weight": "0.5"}]
    answer = decide({"model": "linear", "pools": pools}, touch("late", "agent", 3), touch("early", "site", 1))
    assert [share["participant"] for share in answer["shares"]] == ["early", "late"]
    assert [pool["roles"] for pool in answer["pools"]] == [["agent"], sorted(roles)]


def test_an_award_of_nothing_is_no_share_and_touches_are_the_winners_own() -> None:
    award = [{"participant": who, "role": "site", "weight": weight} for who, weight in (("a", "1"), ("b", "0"))]
    answer = decide(
        {"model": "last", "window_days": 5}, touch("a", "site", 8), touch("b", "site", 9), touch("old", "site", 1),
        award=award,
    )  # fmt: skip
    assert [(share["participant"], share["touches"]) for share in answer["shares"]] == [("a", ["a"])]
    assert rejected(answer) == {"b": "awarded", "old": "outside_window"}
    assert decide({"model": "last"}, award=[award[1]])["shares"] == []


def test_an_award_gives_exact_parts_and_tells_the_others() -> None:
    award = [{"participant": who, "role": "site", "weight": weight} for who, weight in (("a", "1/3"), ("z", "2/3"))]
    answer = decide(
        {"model": "last"}, touch("a", "site", 1), touch("b", "site", 2), touch("old", "site", 3), award=award,
        conversion={"amount_minor": 1000},
    )  # fmt: skip
    assert shares(answer) == {"a": 333, "z": 667}
    assert rejected(answer) == {"b": "awarded", "old": "awarded"}
    assert answer["verdicts"][0]["explanation"] == "Credited with 33.33 %: decided by a person."


@given(
    st.lists(st.sampled_from(["0.1", "0.25", "0.333", "0.5", "0.7", "1"]), min_size=1, max_size=5),
    st.lists(st.tuples(st.sampled_from(ROLES), st.integers(1, 9), st.sampled_from(["click", "code"])), max_size=8),
    st.sampled_from(["last", "first", "linear"]), st.integers(-(10**15), 10**15), st.booleans(),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_every_pool_is_shared_to_the_minor_unit_in_any_order(
    weights: list[str], met: list[tuple[str, int, str]], model: str, amount: int, counted: bool,
    shuffle: random.Random,
) -> None:  # fmt: skip
    pools = [{"roles": [role], "weight": weight} for role, weight in zip(ROLES, weights, strict=False)]
    policy = {"model": model, "pools": pools, "direct": "count" if counted else "ignore"}
    touches = [touch(str(number), *each) for number, each in enumerate(met)] + [direct("d", 5)]
    answer = decide(policy, *touches, conversion={"amount_minor": amount})
    for pool in answer["pools"]:
        [role] = pool["roles"]
        shared = sum(share["amount_minor"] for share in answer["shares"] if share["role"] == role)
        assert shared + pool["unclaimed_minor"] == pool["amount_minor"]
        assert abs(pool["amount_minor"]) <= abs(amount)
    total = sum(round(float(weight) * 1000) for weight in weights)
    whole, rest = divmod(abs(amount) * total, 1000)
    rounded = whole + (2 * rest >= 1000)
    assert sum(pool["amount_minor"] for pool in answer["pools"]) == (rounded if amount >= 0 else -rounded)
    shuffled = touches.copy()
    shuffle.shuffle(shuffled)
    assert decide(policy, *shuffled, conversion={"amount_minor": amount}) == answer


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({"pools": []}, "policy.pools"),
        ({"pools": [{"roles": [], "weight": "1"}]}, "policy.pools[0].roles"),
        ({"pools": [{"roles": ["site"], "weight": "0"}]}, "policy.pools[0].weight"),
        ({"pools": [{"roles": ["site"], "weight": "1.1"}]}, "policy.pools[0].weight"),
        ({"pools": [{"roles": ["site"], "weight": "1"}] * 2}, "policy.pools[1].roles[0]"),
        ({"pools": [{"roles": ["site"], "wieght": "1"}]}, "policy.pools[0].wieght"),
        ({"direct": "often"}, "policy.direct"),
        ({"code": "all"}, "policy.code"),
        ({"deal_days": -1}, "policy.deal_days"),
    ],
)  # fmt: skip
def test_a_wrong_policy_is_named(policy: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decide({"model": "last"} | policy)
    assert refused.value.errors[0]["field"] == field


def test_what_only_the_brand_may_set_is_refused_of_a_program() -> None:
    with pytest.raises(InvalidInput, match=r"programs\[0\].policy.ladder"):
        decide({"model": "last"}, programs=[{"program": "p", "policy": {"ladder": [["click"]]}}])
    with pytest.raises(InvalidInput, match=r"programs\[0\].policy.half_life_days"):
        decide({"model": "last"}, programs=[{"program": "p", "policy": {"model": "time_decay"}}])
    with pytest.raises(InvalidInput, match=r"touches\[0\].participant"):
        decide({"model": "last"}, {**direct("d", 1), "participant": "a"})
