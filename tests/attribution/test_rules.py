"""Who shares a conversion, and what the others are told."""

import random
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from tenant_apps.attribution.rules import (
    Channel,
    Conversion,
    Model,
    Policy,
    Reason,
    Touch,
    decision_for,
    preview_attribution,
)

CONVERSION = {"at": "2026-03-10T00:00:00Z", "amount_minor": 900, "currency": "USD"}
CHANNELS = ["registered_deal", "agent", "code", "click", "view", "import"]
POLICIES: list[dict[str, Any]] = [
    {"model": "last"},
    {"model": "first"},
    {"model": "linear"},
    {"model": "position"},
    {"model": "position", "first": "0.5", "last": "0.5"},
    {"model": "position", "first": "0.1", "last": "0.3"},
    {"model": "time_decay", "half_life_days": 7},
    {"model": "time_decay", "half_life_days": "0.001"},
    {"model": "bonus", "first_bonus": "0.25", "last_bonus": "0.5"},
    {"model": "bonus", "last_bonus": "1"},
    {"model": "linear", "window_days": 3, "ladder": [["code", "click"], ["view"]]},
]
TOUCHES = st.lists(
    st.builds(
        lambda who, channel, day, hour, email: touch(
            who, f"2026-03-{day:02}T{hour:02}:00:00+09:00", channel, email=email
        ),
        st.sampled_from("abcd"),
        st.sampled_from(CHANNELS),
        st.integers(1, 12),
        st.integers(0, 23),
        st.sampled_from([None, "ann@example.com", "bob@example.com"]),
    ),
    max_size=8,
).map(lambda touches: [each | {"id": str(number)} for number, each in enumerate(touches)])


def touch(
    participant: str, at: str, channel: str = "click", *, key: str = "", email: str | None = None
) -> dict[str, Any]:
    made = {"id": key or participant, "participant": participant, "role": "affiliate", "channel": channel, "at": at}
    return made | ({"participant_email": email} if email else {})


def decide(policy: dict[str, Any], touches: list[dict[str, Any]], **conversion: Any) -> dict[str, Any]:
    return preview_attribution({"policy": policy, "conversion": CONVERSION | conversion, "touches": touches})


def shares(answer: dict[str, Any]) -> dict[str, int]:
    return {share["participant"]: share["amount_minor"] for share in answer["shares"]}


def rejected(answer: dict[str, Any]) -> dict[str, str]:
    return {entry["touch"]: entry["reason"] for entry in answer["rejected"]}


@given(st.sampled_from(POLICIES), TOUCHES, st.integers(-(10**15), 10**15), st.randoms(use_true_random=False))
def test_conserves_the_amount_whatever_the_order(
    policy: dict[str, Any], touches: list[dict[str, Any]], amount: int, shuffle: random.Random
) -> None:
    facts = {"amount_minor": amount, "customer_email": "ann@example.com", "checkout_opened_at": "2026-03-08T12:00:00Z"}
    answer = decide(policy, touches, **facts)
    assert sum(shares(answer).values()) == (amount if answer["shares"] else 0)
    shuffled = touches.copy()
    shuffle.shuffle(shuffled)
    assert decide(policy, shuffled, **facts) == answer


@given(st.sampled_from(POLICIES), TOUCHES, st.integers(0, 10**15))
def test_a_correction_mirrors_the_conversion(
    policy: dict[str, Any], touches: list[dict[str, Any]], amount: int
) -> None:
    forth, back = (shares(decide(policy, touches, amount_minor=signed)) for signed in (amount, -amount))
    assert back == {participant: -share for participant, share in forth.items()}


@given(st.sampled_from(POLICIES), TOUCHES)
def test_every_touch_gets_exactly_one_verdict_in_order_of_time(
    policy: dict[str, Any], touches: list[dict[str, Any]]
) -> None:
    answer = decide(policy, touches, customer_email="ann@example.com", checkout_opened_at="2026-03-08T12:00:00Z")
    ordered = sorted(touches, key=lambda each: (each["at"], each["id"]))
    assert [verdict["touch"] for verdict in answer["verdicts"]] == [each["id"] for each in ordered]
    assert all(verdict["explanation"] for verdict in answer["verdicts"])
    assert [{"touch": v["touch"], "reason": v["reason"]} for v in answer["verdicts"] if v["reason"]] == answer[
        "rejected"
    ]
    credited = {verdict["participant"] for verdict in answer["verdicts"] if verdict["reason"] is None}
    assert credited == set(shares(answer))
    total = sum((Decimal(share["fraction"]) for share in answer["shares"]), Decimal(0))
    assert not answer["shares"] or abs(total - 1) < Decimal("1e-10")


def test_no_touches_no_shares() -> None:
    whole = {"roles": [], "weight": "1.000000000000", "amount_minor": 900, "unclaimed_minor": 900}
    assert decide({"model": "last"}, []) == {"shares": [], "rejected": [], "verdicts": [], "pools": [whole]}


@pytest.mark.parametrize(("model", "winner", "reason"), [("last", "b", "not_last"), ("first", "a", "not_first")])
def test_one_winner_and_a_reason_for_the_other(model: str, winner: str, reason: str) -> None:
    answer = decide({"model": model}, [touch("a", "2026-03-01T00:00:00Z"), touch("b", "2026-03-02T00:00:00Z")])
    assert shares(answer) == {winner: 900}
    assert list(rejected(answer).values()) == [reason]


def test_an_earlier_touch_of_the_winner_is_no_loser() -> None:
    touches = [
        touch("a", "2026-03-01T00:00:00Z", key="1"),
        touch("b", "2026-03-02T00:00:00Z", key="2"),
        touch("a", "2026-03-03T00:00:00Z", key="3"),
    ]
    answer = decide({"model": "last"}, touches)
    assert shares(answer) == {"a": 900}
    assert rejected(answer) == {"2": "not_last"}
    assert [verdict["weight"][:3] for verdict in answer["verdicts"]] == ["0.0", "0.0", "1.0"]


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2025-12-10T00:00:00Z", True),
        ("2025-12-09T23:59:59.999999Z", False),
        ("2025-12-10T09:00:00+09:00", True),
        ("2025-12-10T08:59:59+09:00", False),
    ],
)
def test_the_bound_of_ninety_days_is_inside(at: str, inside: bool) -> None:
    assert rejected(decide({"model": "last"}, [touch("a", at)])) == ({} if inside else {"a": "outside_window"})


def test_days_are_exact_time_across_daylight_saving() -> None:
    policy = {"model": "last", "window_days": 1}
    late = {"at": "2026-03-29T12:00:00+02:00"}
    assert rejected(decide(policy, [touch("a", "2026-03-28T11:00:00+01:00")], **late)) == {}
    assert rejected(decide(policy, [touch("a", "2026-03-28T10:59:59+01:00")], **late)) == {"a": "outside_window"}


def test_a_touch_at_the_conversion_counts_and_one_after_does_not() -> None:
    touches = [touch("a", "2026-03-10T00:00:00Z"), touch("b", "2026-03-10T00:00:00.000001Z")]
    answer = decide({"model": "last"}, touches)
    assert shares(answer) == {"a": 900}
    assert rejected(answer) == {"b": "after_conversion"}


def test_touches_of_one_instant_are_ordered_by_id() -> None:
    touches = [touch("z", "2026-03-01T00:00:00Z", key="1"), touch("a", "2026-03-01T00:00:00Z", key="2")]
    assert shares(decide({"model": "first"}, touches)) == {"z": 900}
    assert shares(decide({"model": "last"}, touches)) == {"a": 900}


def test_the_first_reason_that_holds_is_given() -> None:
    """Each touch is guilty of all that follows its reason too."""
    facts = {"customer_email": "Ann@Example.com ", "checkout_opened_at": "2025-01-01T00:00:00Z"}
    ann = "ann@example.com"
    touches = [
        touch("later", "2026-04-01T00:00:00Z", email=ann),
        touch("older", "2025-11-01T00:00:00Z", email=ann),
        touch("self", "2026-03-01T00:00:00Z", email=ann),
        touch("late", "2026-03-01T00:00:00Z", email="bob@example.com"),
        touch("imported", "2026-03-01T00:00:00Z", "import"),
        touch("agent", "2026-03-01T00:00:00Z", "agent"),
    ]
    answer = decide({"model": "last"}, touches, **facts)
    assert rejected(answer) == {
        "later": "after_conversion",
        "older": "outside_window",
        "self": "self_referral",
        "late": "late_click",
        "imported": "lower_priority",
    }
    assert shares(answer) == {"agent": 900}


@pytest.mark.parametrize("email", ["ANN@EXAMPLE.COM", " ann@example.com\t"])
def test_the_same_person_by_mail_address(email: str) -> None:
    answer = decide(
        {"model": "last"}, [touch("a", "2026-03-01T00:00:00Z", email=email)], customer_email="Ann@example.com"
    )
    assert rejected(answer) == {"a": "self_referral"}


def test_case_folding_goes_beyond_lower_case() -> None:
    touches = [touch("a", "2026-03-01T00:00:00Z", email="STRASSE@example.com")]
    assert rejected(decide({"model": "last"}, touches, customer_email="straße@example.com")) == {"a": "self_referral"}


def test_unknown_addresses_are_nobodys() -> None:
    touches = [touch("a", "2026-03-01T00:00:00Z") | {"participant_email": None}]
    assert shares(decide({"model": "last"}, touches, customer_email=None)) == {"a": 900}


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("at", "late"), [("2026-03-09T11:59:59Z", False), ("2026-03-09T12:00:00Z", True)])
def test_only_clicks_views_and_codes_can_come_too_late(channel: str, at: str, late: bool) -> None:
    answer = decide({"model": "last"}, [touch("a", at, channel)], checkout_opened_at="2026-03-09T12:00:00Z")
    assert bool(rejected(answer)) == (late and channel in ("click", "view", "code"))


def test_the_default_ladder_from_top_to_bottom() -> None:
    touches = [touch(channel, f"2026-03-0{day}T00:00:00Z", channel) for day, channel in enumerate(CHANNELS, start=1)]
    for winner in ("registered_deal", "agent", "code"):
        answer = decide({"model": "last"}, touches)
        assert shares(answer) == {winner: 900}
        assert set(rejected(answer).values()) == {"lower_priority"}
        touches = touches[1:]
    assert shares(decide({"model": "linear"}, touches)) == {"click": 300, "view": 300, "import": 300}


def test_a_rejected_touch_leaves_its_rung_of_the_ladder() -> None:
    touches = [touch("deal", "2026-04-01T00:00:00Z", "registered_deal"), touch("site", "2026-03-01T00:00:00Z")]
    assert shares(decide({"model": "last"}, touches)) == {"site": 900}


def test_a_channel_that_the_ladder_leaves_out_never_earns() -> None:
    answer = decide({"model": "last", "ladder": [["code"]]}, [touch("a", "2026-03-01T00:00:00Z")])
    assert answer["shares"] == []
    assert rejected(answer) == {"a": "lower_priority"}


@pytest.mark.parametrize(
    ("policy", "participants", "expected"),
    [
        ({"model": "position"}, "abcd", {"a": 360, "b": 90, "c": 90, "d": 360}),
        ({"model": "position"}, "aba", {"a": 720, "b": 180}),
        ({"model": "position", "first": "0.6", "last": "0.2"}, "ab", {"a": 675, "b": 225}),
        ({"model": "position", "first": "0.6", "last": "0.2"}, "a", {"a": 900}),
        ({"model": "position", "first": "0", "last": "0.1"}, "abc", {"b": 810, "c": 90}),
        ({"model": "bonus", "first_bonus": "0.1"}, "ab", {"a": 495, "b": 405}),
        ({"model": "bonus", "first_bonus": "0.25", "last_bonus": "0.5"}, "a", {"a": 900}),
        ({"model": "bonus", "first_bonus": "0.25", "last_bonus": "0.75"}, "abc", {"a": 225, "c": 675}),
        ({"model": "linear"}, "abcabca", {"a": 386, "b": 257, "c": 257}),
        ({"model": "time_decay", "half_life_days": 1}, "ab", {"a": 300, "b": 600}),
        ({"model": "time_decay", "half_life_days": "0.5"}, "ab", {"a": 180, "b": 720}),
    ],
)
def test_worked_weights(policy: dict[str, Any], participants: str, expected: dict[str, int]) -> None:
    touches = [touch(who, f"2026-03-0{day}T00:00:00Z", key=str(day)) for day, who in enumerate(participants, start=1)]
    assert shares(decide(policy, touches)) == expected


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({"model": "position", "first": "0.5", "last": "0.5"}, Reason.NOT_LAST),
        ({"model": "position", "first": "1", "last": "0"}, Reason.NOT_FIRST),
        ({"model": "bonus", "first_bonus": "1"}, Reason.NOT_FIRST),
        ({"model": "bonus", "last_bonus": "1"}, Reason.NOT_LAST),
    ],
)
def test_a_middle_without_a_part_is_told_so(policy: dict[str, Any], reason: Reason) -> None:
    touches = [touch(who, f"2026-03-0{day}T00:00:00Z") for day, who in enumerate("abc", start=1)]
    assert rejected(decide(policy, touches))["b"] == reason


def test_a_share_that_rounds_to_nothing_stays_a_share() -> None:
    touches = [touch(who, f"2026-03-0{day}T00:00:00Z") for day, who in enumerate("abc", start=1)]
    answer = decide({"model": "linear"}, touches, amount_minor=1)
    assert shares(answer) == {"a": 1, "b": 0, "c": 0}
    assert rejected(answer) == {}


def test_time_decay_is_exact_at_ten_to_the_fifteenth() -> None:
    touches = [touch("a", "2026-03-06T12:00:00Z"), touch("b", "2026-03-10T00:00:00Z")]
    answer = decide({"model": "time_decay", "half_life_days": 7}, touches, amount_minor=10**15)
    # 2^-½ / (1 + 2^-½) = √2 − 1
    assert shares(answer) == {"a": 414213562373095, "b": 585786437626905}


def test_time_decay_over_a_century_with_a_short_half_life_still_adds_up() -> None:
    touches = [touch("a", "1926-03-10T00:00:00Z"), touch("b", "2026-03-09T00:00:00Z")]
    policy = {"model": "time_decay", "half_life_days": "0.0001", "window_days": 100_000}
    assert shares(decide(policy, touches)) == {"a": 0, "b": 900}


def test_two_halved_touches_weigh_as_much_as_one_fresh_one() -> None:
    touches = [
        touch("a", "2026-03-02T12:00:00Z", key="1"),
        touch("a", "2026-03-02T12:00:00Z", key="2"),
        touch("b", "2026-03-09T12:00:00Z", key="3"),
    ]
    answer = decide({"model": "time_decay", "half_life_days": 7}, touches, amount_minor=3)
    assert shares(answer) == {"a": 2, "b": 1}  # an exact tie goes to the earlier


def test_instants_of_one_zone_are_compared_by_time_and_not_by_wall_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before_change = datetime(2026, 10, 25, 2, 50, tzinfo=berlin)
    after_change = datetime(2026, 10, 25, 2, 10, tzinfo=berlin, fold=1)
    made = [Touch(str(at.fold), str(at.fold), "site", Channel.CLICK, at) for at in (after_change, before_change)]
    conversion = Conversion(at=datetime(2026, 10, 25, 2, 20, tzinfo=berlin, fold=1), amount_minor=1, currency="EUR")
    decision = decision_for(policy=Policy(model=Model.LAST), conversion=conversion, touches=made)
    assert [share.participant for share in decision.shares] == ["1"]
    assert [(verdict.touch.id, verdict.reason) for verdict in decision.rejected] == [("0", Reason.NOT_LAST)]


def test_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Touch("1", "a", "site", Channel.CLICK, datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        Conversion(at=datetime(2026, 1, 1), amount_minor=1, currency="EUR")  # noqa: DTZ001


def test_explanations_name_no_customer() -> None:
    touches = [touch("a", "2026-03-01T00:00:00Z", email="ann@example.com"), touch("b", "2026-03-02T00:00:00Z")]
    answer = decide({"model": "last"}, touches, customer_email="ann@example.com")
    assert "ann@" not in str(answer)


TOUCH = touch("a", "2026-03-01T00:00:00Z")


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({}, "policy.model"),
        ({"model": "lats"}, "policy.model"),
        ({"model": ["last"]}, "policy.model"),
        ({"model": "last", "windows_days": 30}, "policy.windows_days"),
        ({"model": "last", "window_days": -1}, "policy.window_days"),
        ({"model": "last", "window_days": 30.0}, "policy.window_days"),
        ({"model": "last", "window_days": None}, "policy.window_days"),
        ({"model": "last", "half_life_days": 0}, "policy.half_life_days"),
        ({"model": "last", "first": "1.1"}, "policy.first"),
        ({"model": "time_decay"}, "policy.half_life_days"),
        ({"model": "time_decay", "half_life_days": 0}, "policy.half_life_days"),
        ({"model": "time_decay", "half_life_days": "-1"}, "policy.half_life_days"),
        ({"model": "position", "first": 0.4}, "policy.first"),
        ({"model": "position", "first": "0.7"}, "policy.first"),
        ({"model": "position", "last": "0.7"}, "policy.last"),
        ({"model": "position", "first": "0", "last": "0"}, "policy.last"),
        ({"model": "position", "first": "1.1"}, "policy.first"),
        ({"model": "bonus"}, "policy.first_bonus"),
        ({"model": "bonus", "first_bonus": "0.6", "last_bonus": "0.5"}, "policy.last_bonus"),
        ({"model": "last", "ladder": []}, "policy.ladder"),
        ({"model": "last", "ladder": [[]]}, "policy.ladder[0]"),
        ({"model": "last", "ladder": [["code"], ["clik"]]}, "policy.ladder[1][0]"),
        ({"model": "last", "ladder": [["code"], ["click", "code"]]}, "policy.ladder[1][1]"),
    ],
)
def test_policies_refuse_by_the_path(policy: dict[str, Any], field: str) -> None:
    refused({"policy": policy, "conversion": CONVERSION, "touches": [TOUCH]}, field)


def test_a_channel_named_twice_is_called_by_its_name() -> None:
    with pytest.raises(InvalidInput, match=r"policy\.ladder\[1\]\[0\]: repeats 'click'"):
        decide({"model": "last", "ladder": [["click"], ["click"]]}, [])


def test_fields_of_another_model_may_stay_in_a_policy() -> None:
    touches = [TOUCH, touch("b", "2026-03-05T00:00:00Z")]
    answer = decide({"model": "last", "half_life_days": 7, "first": "0.4", "first_bonus": "0.25"}, touches)
    assert [share["participant"] for share in answer["shares"]] == ["b"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"conversion": CONVERSION | {"amount_minor": 9.0}}, "conversion.amount_minor"),
        ({"conversion": CONVERSION | {"amount_minor": True}}, "conversion.amount_minor"),
        ({"conversion": CONVERSION | {"at": "2026-03-10T00:00:00"}}, "conversion.at"),
        ({"conversion": CONVERSION | {"currency": "EURO"}}, "conversion.currency"),
        ({"conversion": CONVERSION | {"customer_email": 1}}, "conversion.customer_email"),
        ({"conversion": CONVERSION | {"checkout_opened_at": "soon"}}, "conversion.checkout_opened_at"),
        ({"conversion": CONVERSION | {"order": 1}}, "conversion.order"),
        ({"touches": None}, "touches"),
        ({"touches": [TOUCH | {"at": "2026-03-01T00:00:00"}]}, "touches[0].at"),
        ({"touches": [TOUCH | {"channel": "clicks"}]}, "touches[0].channel"),
        ({"touches": [TOUCH | {"participant": 7}]}, "touches[0].participant"),
        ({"touches": [TOUCH | {"participant": ""}]}, "touches[0].participant"),
        ({"touches": [TOUCH | {"weight": "1"}]}, "touches[0].weight"),
        ({"touches": [TOUCH, TOUCH]}, "touches[1].id"),
        ({"touches": [{name: TOUCH[name] for name in TOUCH if name != "role"}]}, "touches[0].role"),
        ({"touch": []}, "touch"),
    ],
)
def test_facts_refuse_by_the_path(change: dict[str, Any], field: str) -> None:
    refused({"policy": {"model": "last"}, "conversion": CONVERSION, "touches": [TOUCH]} | change, field)


@pytest.mark.parametrize("missing", ["policy", "conversion", "touches"])
def test_every_part_is_needed(missing: str) -> None:
    whole = {"policy": {"model": "last"}, "conversion": CONVERSION, "touches": [TOUCH]}
    refused({name: value for name, value in whole.items() if name != missing}, missing)


def refused(payload: object, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        preview_attribution(payload)
    assert caught.value.field == field
