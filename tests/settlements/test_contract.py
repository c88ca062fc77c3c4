"""The preview contract's sentences, told twice: our rules and an independent telling agree on any input.

What the contract names must be equal; what we add to an answer is left aside.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from tenant_apps.settlements.rules.preview import preview
from tests.settlements.telling import TELLING

Json = dict[str, Any]
LARGEST = 10**15
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")
SOLD = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
MINOR = st.one_of(st.integers(0, 40), st.integers(0, 100_000), st.integers(0, LARGEST))
SIGNED = st.one_of(MINOR, MINOR.map(lambda minor: -minor))
RATE = st.decimals(0, 1, places=3).map(str) | st.sampled_from(["0", "1", "0.5", "0.333333", "1.25", "0.0005"])
CURRENCY = st.sampled_from(["EUR", "KRW", "KWD"])


def instants(most_days: int) -> st.SearchStrategy[str]:
    ago = st.integers(-3, most_days * 86_400) | st.sampled_from([0, 90 * 86_400, 90 * 86_400 + 1, 120])
    return st.builds(
        lambda seconds, zone: (SOLD - timedelta(seconds=seconds)).astimezone(ZoneInfo(zone)).isoformat(),
        ago, st.sampled_from(ZONES),
    )  # fmt: skip


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=fields)


def merged(*parts: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.tuples(*parts).map(lambda dicts: {key: value for each in dicts for key, value in each.items()})


def agrees(kind: str, asked: Json) -> None:
    told = TELLING[kind](asked)
    assert only_named(preview(kind, json.loads(json.dumps(asked))), told) == told


def only_named(answer: Any, told: Any) -> Any:
    if isinstance(told, dict):
        return {key: only_named(answer[key], told[key]) for key in told}
    if isinstance(told, list) and len(told) == len(answer):
        return [only_named(ours, theirs) for ours, theirs in zip(answer, told, strict=True)]
    return answer


WEIGHTS = st.lists(RATE, min_size=1, max_size=6).filter(lambda rates: any(float(rate) for rate in rates))
SPLITS = st.fixed_dictionaries(
    {
        "amount_minor": SIGNED, "currency": CURRENCY,
        "weights": WEIGHTS.map(lambda rates: [{"key": str(n), "weight": rate} for n, rate in enumerate(rates)]),
    }
)  # fmt: skip
POLICIES = st.one_of(
    st.fixed_dictionaries({"model": st.sampled_from(["last", "first", "linear"])}),
    st.fixed_dictionaries({"model": st.just("time_decay"), "half_life_days": st.sampled_from([1, 7, 30])}),
    st.sampled_from([{}, {"first": "0.5"}, {"first": "0.3", "last": "0.7"}, {"first": "0"}, {"last": "0"}]).map(
        lambda bounds: {"model": "position"} | bounds
    ),
    st.sampled_from([("0.25", "0.5"), ("0", "1"), ("0.5", "0.5"), ("0", "0")]).map(
        lambda pair: {"model": "bonus", "first_bonus": pair[0], "last_bonus": pair[1]}
    ),
)
CHANNELS = ["registered_deal", "agent", "code", "click", "view", "import"]
LADDERS = st.sampled_from([[["click"], ["code", "view"]], [["import", "agent"]], [["view"], ["registered_deal"]]])
TOUCHES = st.lists(
    merged(
        st.fixed_dictionaries(
            {
                "participant": st.sampled_from("abcd"), "role": st.just("affiliate"), "at": instants(95),
                "channel": st.sampled_from(["click", "click", *CHANNELS]),
            }
        ),
        optional(participant_email=st.sampled_from([" Ann@Example.com", "STRASSE@example.com", "c@example.com", ""])),
    ),
    max_size=7,
).map(lambda touches: [touch | {"id": f"t{number}"} for number, touch in enumerate(touches)])  # fmt: skip
# A blank contact is no contact: it is refused, so it is left out where it was drawn.
ATTRIBUTIONS = st.fixed_dictionaries(
    {
        "policy": merged(POLICIES, optional(window_days=st.sampled_from([1, 30, 90]), ladder=LADDERS)),
        "conversion": merged(
            st.fixed_dictionaries({"at": st.just(SOLD.isoformat()), "amount_minor": SIGNED, "currency": CURRENCY}),
            optional(
                customer_email=st.sampled_from(["ann@example.com ", "straße@example.com"]),
                checkout_opened_at=instants(1),
            ),
        ),
        "touches": TOUCHES.map(
            lambda touches: [
                {key: value for key, value in touch.items() if key != "participant_email" or value}
                for touch in touches
            ]
        ),
    }
)  # fmt: skip


@st.composite
def tiers(draw: st.DrawFn, first: int, value: str, values: st.SearchStrategy[Any]) -> list[Json]:
    gaps = draw(st.lists(st.integers(1, 50_000), max_size=3))
    bounds = [first + sum(gaps[:number]) for number in range(len(gaps) + 1)]
    return [{"from": bound, value: draw(values)} for bound in bounds]


def tiered(measure: str, modes: list[str], bands: st.SearchStrategy[list[Json]]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {"kind": st.just("tiered"), "measure": st.just(measure), "mode": st.sampled_from(modes), "tiers": bands}
    )


FIXED = st.fixed_dictionaries(
    {"kind": st.just("fixed"), "amount_minor": MINOR, "per": st.sampled_from(["order", "unit"])}
)
PERCENT = merged(
    st.fixed_dictionaries({"kind": st.just("percent"), "rate": RATE}), optional(base=st.sampled_from(["net", "gross"]))
)
MARGIN = st.fixed_dictionaries({"kind": st.just("margin_share"), "rate": RATE})
PAST = tiered("period_revenue", ["past_each", "whole"], tiers(0, "rate", RATE))
ALL = tiered("period_revenue", ["all"], tiers(0, "rate", RATE))
COUNTS = st.sampled_from([0, 1]).flatmap(
    lambda first: tiered("period_count", ["whole", "all"], tiers(first, "amount_minor", MINOR))
)
PAY = st.one_of(
    FIXED, PERCENT, MARGIN, PAST, ALL, COUNTS,
    st.lists(st.one_of(FIXED, PERCENT, MARGIN, PAST), min_size=1, max_size=3).map(
        lambda parts: {"kind": "hybrid", "parts": parts}
    ),
    st.tuples(ALL, PERCENT).map(lambda parts: {"kind": "hybrid", "parts": list(parts)}),
)  # fmt: skip


def bounds(name: str, values: st.SearchStrategy[int]) -> st.SearchStrategy[Json]:
    """A lower bound, an upper one, or both, of which the lower is the lower."""
    pairs = st.tuples(values, values, st.sampled_from([(0,), (1,), (0, 1)]))
    return pairs.map(lambda pair: {f"{('min', 'max')[end]}_{name}": sorted(pair[:2])[end] for end in pair[2]})


def listed(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({name: st.lists(values, min_size=1, max_size=2)})


LETTERS, COUNTRIES, TOLD = st.sampled_from("xyz"), st.sampled_from(["DE", "FR"]), st.sampled_from(["pro", "free"])
METADATA = st.fixed_dictionaries({}, optional={"m": TOLD, "n": TOLD})
# One condition or two: of all together hardly a sale would meet any.
CONDITION = st.one_of(
    listed("product", LETTERS), listed("site", LETTERS), listed("campaign", LETTERS), listed("placement", LETTERS),
    listed("partner", LETTERS), listed("country", COUNTRIES),
    st.fixed_dictionaries({"charge": st.sampled_from(["any", "first", "returning"])}),
    bounds("charge_number", st.integers(1, 4)),
    st.fixed_dictionaries({"metadata": listed("m", TOLD)}), st.fixed_dictionaries({"metadata": listed("n", TOLD)}),
    bounds("quantity", st.integers(1, 4)), bounds("amount_minor", st.integers(0, 9)),
    bounds("order_minor", st.integers(0, 18)),
    bounds("customer_age_months", st.integers(0, 3) | st.sampled_from([11, 12, 25, 26])),
)  # fmt: skip
WHEN = CONDITION | merged(CONDITION, CONDITION).filter(
    lambda when: all(when[f"min_{name[4:]}"] <= when[name] for name in when if f"min_{name[4:]}" in when)
)
# A period's cap needs its period, an order's has none; one of a customer or an order fits no rule that pays periods.
OF_PERIODS = [("period", "month"), ("period", "lifetime"), ("partner", None), ("partner", "quarter")]
CAPS = [*OF_PERIODS, ("order", None), ("customer", None), ("customer", "month")]


def capped(kinds: list[tuple[str, str | None]]) -> st.SearchStrategy[Json]:
    found = st.lists(st.tuples(st.sampled_from(kinds), MINOR), max_size=2, unique_by=lambda cap: cap[0])
    caps = found.map(
        lambda pairs: [
            {"per": per, "amount_minor": minor} | ({"period": period} if period else {})
            for (per, period), minor in pairs
        ]
    )
    return st.one_of(st.just({}), st.fixed_dictionaries({"caps": caps}))


def limited(rule: Json) -> st.SearchStrategy[Json]:
    """Limits that fit a way to pay."""
    parts = rule["pay"].get("parts", [rule["pay"]])
    kinds = OF_PERIODS if any(part.get("mode") == "all" for part in parts) else CAPS
    limits = merged(
        optional(max_charges=st.integers(1, 4), max_months=st.sampled_from([1, 2, 11, 12]), cap_minor=MINOR),
        st.just({}) | bounds("minor", MINOR), capped(kinds),
    )  # fmt: skip
    return st.one_of(st.just(rule), limits.map(lambda found: rule | {"limits": found}))


RULES = st.lists(
    merged(st.fixed_dictionaries({"pay": PAY}), optional(when=WHEN)).flatmap(limited), max_size=4
).map(lambda rules: [rule | {"id": f"r{number}"} for number, rule in enumerate(rules)])  # fmt: skip
LINES = st.lists(
    st.builds(
        lambda parts, product, more: {
            "product": product, "gross_minor": sum(parts), "discount_minor": parts[0], "tax_minor": parts[1]
        } | more,
        st.tuples(MINOR, MINOR, MINOR), st.sampled_from("xyz"),
        optional(quantity=st.integers(1, 9), cost_minor=st.integers(0, 9_000), metadata=METADATA),
    ),
    max_size=4,
).map(lambda lines: [line | {"id": f"l{number}"} for number, line in enumerate(lines)])  # fmt: skip
FIRST_CHARGES = st.sampled_from(
    ["2026-01-29T01:30:00+00:00", "2026-01-31T23:59:59+05:45", "2025-03-29T02:30:00+01:00", "2025-03-31T03:00:00+02:00",
     "2024-02-29T00:00:00-05:00", "2026-02-28T01:30:00+00:00"]
)  # fmt: skip
SALES = merged(
    st.fixed_dictionaries({"at": st.just(SOLD.isoformat()), "lines": LINES}),
    st.one_of(*[st.fixed_dictionaries({"first_charge_at": FIRST_CHARGES})] * 3, st.just({})),
    optional(
        charge_number=st.integers(1, 5), site=st.sampled_from("xyz"), campaign=st.sampled_from("xyz"),
        placement=LETTERS, partner=LETTERS, country=COUNTRIES, metadata=METADATA, used_minor=MINOR,
        period=st.fixed_dictionaries({"revenue_minor": MINOR, "count": st.integers(0, 60_000), "earned_minor": MINOR}),
    ),
)  # fmt: skip


@st.composite
def commissions(draw: st.DrawFn) -> Json:
    """A contract and a sale: with what was used of its caps; months are limited where the first charge is known."""
    rules, sale = draw(RULES), draw(SALES)
    if "first_charge_at" not in sale:
        for rule in rules:
            rule.get("limits", {}).pop("max_months", None)
    used = {rule["id"]: [draw(MINOR) for _ in caps] for rule in rules if (caps := rule.get("limits", {}).get("caps"))}
    sale |= {"caps_used": used} if used and draw(st.booleans()) else {}
    return {"contract": {"currency": draw(CURRENCY), "rules": rules}, "sale": sale}


COMMISSIONS = commissions()
# Rules that pay all of a line, so that only their conditions tell; a line meets two of three.
SOLD_TO = merged(
    st.fixed_dictionaries({"at": st.just(SOLD.isoformat()), "country": COUNTRIES, "partner": LETTERS}),
    st.fixed_dictionaries({"placement": LETTERS, "campaign": LETTERS, "charge_number": st.integers(1, 4)}),
    st.one_of(st.just({}), st.fixed_dictionaries({"first_charge_at": FIRST_CHARGES})),
    st.fixed_dictionaries({"metadata": METADATA, "site": LETTERS}),
    st.fixed_dictionaries(
        {
            "lines": st.lists(
                st.fixed_dictionaries(
                    {"product": LETTERS, "gross_minor": st.integers(0, 9), "quantity": st.integers(1, 4),
                     "metadata": METADATA}
                ),
                min_size=1, max_size=2,
            ).map(lambda lines: [line | {"id": str(number)} for number, line in enumerate(lines)])
        }
    ),
)  # fmt: skip
CONDITIONS = st.fixed_dictionaries(
    {
        "contract": st.lists(WHEN, min_size=1, max_size=3).map(
            lambda found: {
                "currency": "EUR",
                "rules": [
                    {"id": str(number), "when": when, "pay": {"kind": "percent", "rate": "1"}}
                    for number, when in enumerate(found)
                ],
            }
        ),
        "sale": st.tuples(SOLD_TO, st.sampled_from(["", "country", "partner", "site"])).map(
            lambda sold: {name: value for name, value in sold[0].items() if name != sold[1]}
        ),
    }
)
REVERSALS = st.fixed_dictionaries(
    {
        "commission_minor": SIGNED, "base_minor": MINOR.filter(bool),
        "refunds": st.lists(st.fixed_dictionaries({"amount_minor": MINOR, "paid_out": st.booleans()}), max_size=6),
    }
)  # fmt: skip
STATEMENTS = st.fixed_dictionaries(
    {
        "opening_minor": SIGNED, "minimum_minor": MINOR, "negative": st.sampled_from(["carry", "reset"]),
        "months": st.lists(
            st.fixed_dictionaries({"earned_minor": MINOR, "clawback_minor": MINOR, "adjustment_minor": SIGNED}),
            max_size=6,
        ),
    }
)  # fmt: skip


@given(SPLITS)
def test_splits(asked: Json) -> None:
    agrees("split", asked)


@given(ATTRIBUTIONS)
def test_attributions(asked: Json) -> None:
    agrees("attribution", asked)


@given(COMMISSIONS)
def test_commissions(asked: Json) -> None:
    agrees("commission", asked)


@given(CONDITIONS)
def test_conditions(asked: Json) -> None:
    agrees("commission", asked)


@given(REVERSALS)
def test_reversals(asked: Json) -> None:
    agrees("reversal", asked)


@given(STATEMENTS)
@example({"opening_minor": -5, "minimum_minor": 0, "negative": "reset", "months": []})
def test_statements(asked: Json) -> None:
    agrees("statement", asked)


@pytest.mark.parametrize("kind", sorted(TELLING))
def test_the_published_cases_hold_in_the_second_telling_too(kind: str) -> None:
    for case in json.loads((Path(__file__).parents[1] / "cases" / f"{kind}.json").read_text()):
        zeroes = {"earned_minor": 0, "clawback_minor": 0, "adjustment_minor": 0}
        asked = case["input"]
        if kind == "statement":
            asked = asked | {"months": [zeroes | month for month in asked["months"]]}
        assert TELLING[kind](asked) == case["output"], case["name"]


BODIES = {"split": SPLITS, "attribution": ATTRIBUTIONS, "commission": COMMISSIONS, "reversal": REVERSALS,
          "statement": STATEMENTS}  # fmt: skip


@given(st.data(), st.sampled_from(sorted(BODIES)))
def test_a_misspelt_field_anywhere_is_refused_by_its_path(data: st.DataObject, kind: str) -> None:
    body = json.loads(json.dumps(data.draw(BODIES[kind])))
    places = list(objects(body, ""))
    where, found = data.draw(st.sampled_from(places))
    name = data.draw(st.sampled_from([*found, "colour"]))
    found[name + "s"] = found.pop(name, 1)
    with pytest.raises(InvalidInput) as refused:
        preview(kind, body)
    # Where a kind decides what else there is, the kind is missed before its misspelling is unknown.
    paths = {f"{where}.{each}".lstrip(".") for each in (f"{name}s", name)}
    assert paths & {error["field"] for error in refused.value.errors}


def objects(value: Any, where: str) -> Any:
    if isinstance(value, dict):
        yield where, value
        for name, each in value.items():
            if name != "metadata":  # whose names are anybody's
                yield from objects(each, f"{where}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from objects(each, f"{where}[{number}]")
