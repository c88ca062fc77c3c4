"""What differs between two versions: nothing between equals, every change by name, rules that only moved as moved."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenant_apps.programs.rules import Difference, differences, read_terms
from tenant_apps.programs.rules.terms import DEFAULTS
from tests.programs.dealing import DOCUMENTS, PAY, TEN, TWELVE, terms

EACH_SLICE = "each slice of the revenue of a month at its own rate"
CARRIED = "A negative balance is carried forward, at most"


def sentences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [str(change.sentence) for change in differences(old, new)]


@given(DOCUMENTS)
def test_equal_terms_do_not_differ(document: dict[str, Any]) -> None:
    assert differences(document, copy.deepcopy(document)) == ()
    spelt_out = read_terms(document).document
    for rule in spelt_out["rules"]:
        rule.setdefault("when", {}).setdefault("charge", "any")
    assert differences(document, spelt_out) == ()


@given(DOCUMENTS, DOCUMENTS)
def test_every_change_is_named_and_nothing_else(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Applying the named changes to the old document, and no others, gives the new one."""
    changes = differences(old, new)
    rules = {rule["id"]: copy.deepcopy(rule) for rule in old["rules"]}
    beside = {name: old.get(name, default) for name, default in DEFAULTS.items()}
    for change in changes:
        if not change.field.startswith("rules."):
            beside[change.field] = change.new
            continue
        _, ref, *path = change.field.split(".")
        if change.kind is Difference.REMOVED:
            del rules[ref]
        elif change.kind is Difference.ADDED:
            rules[ref] = {"id": ref, "when": {}, "limits": {}} | change.new
        elif change.kind is Difference.CHANGED:
            target = rules[ref]
            for name in path[:-1]:
                target = target.setdefault(name, {})
            target[path[-1]] = change.new
            if change.new is None:
                del target[path[-1]]
    assert (
        differences({"currency": "EUR"} | beside | {"rules": [rules[rule["id"]] for rule in new["rules"]]}, new) == ()
    )
    assert {name: beside[name] for name in ("hold_days", "negative", "pinning", "minimum_payout_minor")} == {
        name: new.get(name, DEFAULTS[name]) for name in ("hold_days", "negative", "pinning", "minimum_payout_minor")
    }
    assert all(str(change.sentence) for change in changes)


@given(DOCUMENTS, st.randoms())
def test_rules_that_only_moved_are_told_as_moved(document: dict[str, Any], chance: Any) -> None:
    shuffled = copy.deepcopy(document)
    chance.shuffle(shuffled["rules"])
    changes = differences(document, shuffled)
    assert {change.kind for change in changes} <= {Difference.MOVED}
    assert bool(changes) == (document["rules"] != shuffled["rules"])
    assert len(changes) < len(document["rules"])  # one at least stayed where it was


@given(PAY, PAY)
def test_another_pay_is_one_change_with_the_old_and_the_new(old: dict[str, Any], new: dict[str, Any]) -> None:
    changes = differences(terms({"id": "a", "pay": old}), terms({"id": "a", "pay": new}))
    assert [change.field for change in changes] == (["rules.a.pay"] if changes else [])
    assert bool(changes) == (old != new)


def test_the_sentences_of_an_example() -> None:
    vip = {"id": "vip", "when": {"product": ["tea"]}, "pay": {"kind": "fixed", "amount_minor": 500, "per": "order"}}
    rest = {"id": "rest", "pay": {"kind": "margin_share", "rate": "0.25"}, "limits": {"cap_minor": 100_00}}
    old = terms(TEN, rest, vip, hold_days=14)
    new = terms(
        vip | {"when": {"product": ["tea", "sauna"]}}, TWELVE,
        {"id": "late", "pay": {"kind": "tiered", "measure": "period_revenue", "mode": "past_each",
                               "tiers": [{"from": 0, "rate": "0.05"}, {"from": 1000_00, "rate": "0.075"}]}},
        hold_days=30, minimum_payout_minor=50_00,
    )  # fmt: skip
    assert sentences(old, new) == [
        "Rule rest is gone: 25 % of the margin; at most 100.00 EUR in all",
        "Rule vip moved from place 3 to place 1",
        "Rule vip: for the products tea → for the products tea, sauna",
        "Rule all: 10 % of the net price → 12 % of the net price",
        f"Rule late is new: 5 % from 0.00 EUR, 7.5 % from 1000.00 EUR, {EACH_SLICE}",
        "Payable 14 days after the sale → Payable 30 days after the sale",
        "Paid out from 0.00 EUR on → Paid out from 50.00 EUR on",
    ]


def test_a_condition_or_limit_that_comes_or_goes_is_told() -> None:
    capped = TEN | {"limits": {"max_months": 12}}
    assert sentences(terms(TEN), terms(capped)) == [
        "Rule all: no such limit → for 12 months from a customer's first order"
    ]
    first = TEN | {"when": {"charge": "first"}}
    assert sentences(terms(first), terms(TEN)) == ["Rule all: for a customer's first order → no such condition"]


def test_the_cap_of_a_debt_is_told_with_how_debts_are_kept() -> None:
    old = terms(TEN, negative="cap", negative_cap_minor=50_00)
    assert sentences(old, terms(TEN, negative="cap", negative_cap_minor=80_00)) == [
        f"{CARRIED} 50.00 EUR → {CARRIED} 80.00 EUR"
    ]
