"""The preview contract told a second time, from its sentences alone and without a line of the product's code.

Slow, plain and exact. `test_contract.py` compares it with the command's rules on inputs that nobody thought of.
"""

from calendar import monthrange
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

LADDER = [["registered_deal"], ["agent"], ["code"], ["click", "view", "import"]]
Json = dict[str, Any]


def half_away(exact: Fraction) -> int:
    sign = -1 if exact < 0 else 1
    return sign * int(abs(exact) + Fraction(1, 2))


def split(asked: Json) -> Json:
    parts = shared(asked["amount_minor"], [Fraction(each["weight"]) for each in asked["weights"]])
    named = zip(asked["weights"], parts, strict=True)
    return {"parts": [{"key": each["key"], "amount_minor": part} for each, part in named]}


def shared(amount: int, weights: list[Fraction]) -> list[int]:
    """Give out unit after unit what the whole parts leave: to the largest remainder, the earlier of equals."""
    exact = [abs(amount) * weight / sum(weights) for weight in weights]
    parts = [int(each) for each in exact]
    while sum(parts) < abs(amount):
        rests = [each - part for each, part in zip(exact, parts, strict=True)]
        parts[rests.index(max(rests))] += 1
    return [part if amount >= 0 else -part for part in parts]


def attribution(asked: Json) -> Json:
    policy, sale = asked["policy"], asked["conversion"]
    touches = sorted(asked["touches"], key=lambda touch: (instant(touch["at"]), touch["id"]))
    why = {touch["id"]: excluded(touch, policy, sale) for touch in touches}
    rungs = [[touch for touch in touches if not why[touch["id"]] and touch["channel"] in rung]
             for rung in policy.get("ladder", LADDER)]  # fmt: skip
    pool = next((rung for rung in rungs if rung), [])
    weights: dict[str, Fraction] = {}
    for touch, weight in zip(pool, weighed(policy, pool, sale), strict=True):
        weights[touch["participant"]] = weights.get(touch["participant"], Fraction(0)) + weight
    for touch in touches:
        if not why[touch["id"]] and touch not in pool:
            why[touch["id"]] = "lower_priority"
        elif not why[touch["id"]] and not weights[touch["participant"]]:
            why[touch["id"]] = "not_first" if only_first_pays(policy) else "not_last"
    paid = {name: weight for name, weight in weights.items() if weight}
    amounts = shared(sale["amount_minor"], list(paid.values())) if paid else []
    return {
        "shares": [{"participant": name, "amount_minor": amount} for name, amount in zip(paid, amounts, strict=True)],
        "rejected": [{"touch": id_, "reason": reason} for id_, reason in why.items() if reason],
    }


def only_first_pays(policy: Json) -> bool:
    """Say what the loser would have had to be: the last where the last is paid anything, else the first."""
    last = {"position": policy.get("last", "0.4"), "bonus": policy.get("last_bonus", "0"), "first": "0"}
    return not Fraction(last.get(policy["model"], "1"))


def excluded(touch: Json, policy: Json, sale: Json) -> str:
    at, sold = instant(touch["at"]), instant(sale["at"])
    mine, theirs = (str(each or "").strip().casefold()
                    for each in (touch.get("participant_email"), sale.get("customer_email")))  # fmt: skip
    opened = sale.get("checkout_opened_at")
    if at > sold:
        return "after_conversion"
    if days(at, sold) > Fraction(policy.get("window_days", 90)):
        return "outside_window"
    if mine and mine == theirs:
        return "self_referral"
    if opened and touch["channel"] in ("click", "view", "code") and at >= instant(opened):
        return "late_click"
    return ""


def weighed(policy: Json, pool: list[Json], sale: Json) -> list[Fraction]:
    count, model = len(pool), policy["model"]
    places = range(count)
    if model in ("last", "first"):
        winner = count - 1 if model == "last" else 0
        return [Fraction(place == winner) for place in places]
    if model == "time_decay":
        ages = [days(instant(touch["at"]), instant(sale["at"])) for touch in pool]
        return [two_to((max(ages) - age) / Fraction(policy["half_life_days"])) for age in ages]
    if model == "position":
        first, last = Fraction(policy.get("first", "0.4")), Fraction(policy.get("last", "0.4"))
        if count < 3:
            return [first, last] if count == 2 else [Fraction(1)] * count
        return [first, *[(1 - first - last) / (count - 2)] * (count - 2), last]
    first, last = Fraction(policy.get("first_bonus", "0")), Fraction(policy.get("last_bonus", "0"))
    if model == "linear":
        first = last = Fraction(0)
    return [(1 - first - last) / count + first * (place == 0) + last * (place == count - 1) for place in places]


def two_to(exponent: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = 90
        return Fraction(Decimal(2) ** (Decimal(exponent.numerator) / Decimal(exponent.denominator)))


def commission(asked: Json) -> Json:
    rules, sale = asked["contract"]["rules"], asked["sale"]
    period = {"revenue_minor": 0, "count": 0, "earned_minor": 0} | sale.get("period", {})
    seen = {rule["id"]: dict(period, orders=0, parts={}, caps=caps_of(rule, sale)) for rule in rules}
    lines = [commission_line(rules, sale, line, seen) for line in sale["lines"]]
    return {"lines": lines, "total_minor": sum(line["amount_minor"] for line in lines)}


def caps_of(rule: Json, sale: Json) -> list[Json]:
    """Every cap of a rule, with what was used of it before this sale."""
    limits = rule.get("limits", {})
    used = sale.get("caps_used", {}).get(rule["id"], [0] * len(limits.get("caps", [])))
    more = [cap | {"used": minor} for cap, minor in zip(limits.get("caps", []), used, strict=True)]
    if "cap_minor" in limits:
        more.append({"per": "rule", "amount_minor": limits["cap_minor"], "used": sale.get("used_minor", 0)})
    return more


def commission_line(rules: list[Json], sale: Json, line: Json, seen: dict[str, Json]) -> Json:
    rule = next((each for each in rules if matches(each.get("when", {}), sale, line)), None)
    if rule is None:
        return {"line": line["id"], "rule": None, "amount_minor": 0, "reason": "no_rule"}
    limits, before = rule.get("limits", {}), seen[rule["id"]]
    if lacks_a_fact(rule.get("when", {}), sale):
        return {"line": line["id"], "rule": rule["id"], "amount_minor": 0, "reason": "unknown_fact"}
    if is_over(limits, sale):
        return {"line": line["id"], "rule": rule["id"], "amount_minor": 0, "reason": "window_over"}
    pay = rule["pay"]
    parts = pay["parts"] if pay["kind"] == "hybrid" else [pay]
    exact = [paid(part, line, before, before["parts"].get(place, before["earned_minor"]))
             for place, part in enumerate(parts)]  # fmt: skip
    due = max(half_away(sum(exact, Fraction(0))), limits.get("min_minor", -(10**40)))
    due = min(due, limits.get("max_minor", due))
    amount = min([due, *(max(0, cap["amount_minor"] - cap["used"]) for cap in before["caps"])])
    for name, other in seen.items():
        for cap in other["caps"]:
            if name == rule["id"] or cap["per"] == "partner":
                cap["used"] += amount
    before["revenue_minor"] += net(line)
    before["count"] += 1
    before["orders"] += 1
    for place, each in enumerate(exact):
        earned = before["parts"].get(place, before["earned_minor"])
        before["parts"][place] = earned + (amount if len(exact) == 1 else each)
    return {"line": line["id"], "rule": rule["id"], "amount_minor": amount, "reason": "cap" if amount < due else None}


def matches(when: Json, sale: Json, line: Json) -> bool:
    """Whether every condition holds; one on a fact that nobody knows is taken to hold."""
    number, charge = sale.get("charge_number", 1), when.get("charge", "any")
    told = sale.get("metadata", {}) | line.get("metadata", {})
    return (
        ("product" not in when or line["product"] in when["product"])
        and all(sale.get(name) in when[name] for name in ("site", "campaign", "placement") if name in when)
        and all(sale.get(name) in (None, *when[name]) for name in ("partner", "country") if name in when)
        and (charge == "any" or (charge == "first") == (number == 1))
        and within(when, "charge_number", number)
        and within(when, "quantity", line.get("quantity", 1))
        and within(when, "amount_minor", net(line))
        and within(when, "order_minor", sum(net(each) for each in sale["lines"]))
        and within(when, "customer_age_months", age_of_customer(sale))
        and all(told.get(key) in values for key, values in when.get("metadata", {}).items())
    )


def within(when: Json, name: str, value: int | None) -> bool:
    return value is None or when.get(f"min_{name}", value) <= value <= when.get(f"max_{name}", value)


def lacks_a_fact(when: Json, sale: Json) -> bool:
    asks_age = "min_customer_age_months" in when or "max_customer_age_months" in when
    unknown = any(name in when and sale.get(name) is None for name in ("partner", "country"))
    return unknown or (asks_age and age_of_customer(sale) is None)


def age_of_customer(sale: Json) -> int | None:
    """The full months since the first charge; who pays for the first time is a customer of none."""
    if sale.get("first_charge_at") is None:
        return 0 if sale.get("charge_number", 1) == 1 else None
    months = 0
    while instant(sale["at"]) >= anniversary(sale["first_charge_at"], months + 1):
        months += 1
    return months


def is_over(limits: Json, sale: Json) -> bool:
    if sale.get("charge_number", 1) > limits.get("max_charges", 10**9):
        return True
    if "max_months" not in limits or sale.get("first_charge_at") is None:
        return False
    return instant(sale["at"]) >= anniversary(sale["first_charge_at"], limits["max_months"])


def anniversary(text: str, months: int) -> datetime:
    """So many months later on the same day, or on the month's last, by the calendar of the text's own offset."""
    first = datetime.fromisoformat(text)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return first.replace(year=year, month=month + 1, day=min(first.day, last)).astimezone(UTC)


def paid(part: Json, line: Json, before: Json, earned: Fraction) -> Fraction:
    """Return what one way of paying gives for a line, exact."""
    if part["kind"] == "fixed":
        times = line.get("quantity", 1) if part["per"] == "unit" else int(before["orders"] == 0)
        return Fraction(part["amount_minor"] * times)
    if part["kind"] == "percent":
        return (line["gross_minor"] if part.get("base") == "gross" else net(line)) * Fraction(part["rate"])
    if part["kind"] == "margin_share":
        return max(0, net(line) - line.get("cost_minor", 0) * line.get("quantity", 1)) * Fraction(part["rate"])
    tiers, mode = part["tiers"], part["mode"]
    if part["measure"] == "period_count":
        count = before["count"] + 1
        each = [tier["amount_minor"] for tier in tiers if tier["from"] <= count][-1]
        return Fraction(each) if mode == "whole" else count * each - Fraction(earned)
    start, end = before["revenue_minor"], before["revenue_minor"] + net(line)
    rate = [Fraction(tier["rate"]) for tier in tiers if tier["from"] <= end][-1]
    if mode == "whole":
        return net(line) * rate
    if mode == "all":
        return end * rate - earned
    total = Fraction(0)
    for tier, above in zip(tiers, [*[tier["from"] for tier in tiers[1:]], end + 1], strict=True):
        total += max(0, min(end, above) - max(start, tier["from"])) * Fraction(tier["rate"])
    return total


def net(line: Json) -> int:
    return int(line["gross_minor"] - line.get("discount_minor", 0) - line.get("tax_minor", 0))


def reversal(asked: Json) -> Json:
    whole, base = asked["commission_minor"], asked["base_minor"]
    back = taken = 0
    reversals = []
    for refund in asked["refunds"]:
        back += refund["amount_minor"]
        due = half_away(Fraction(whole * min(back, base), base))
        reversals.append({"amount_minor": taken - due, "status": "clawback" if refund["paid_out"] else "refunded"})
        taken = due
    return {"reversals": reversals, "remaining_minor": whole - taken}


def statement(asked: Json) -> Json:
    opening, months = asked["opening_minor"], []
    for month in asked["months"]:
        net_minor = month["earned_minor"] - month["clawback_minor"] + month["adjustment_minor"]
        balance = opening + net_minor
        payout = balance if balance > 0 and balance >= asked["minimum_minor"] else 0
        closing = balance - payout
        months.append(
            {"opening_minor": opening, "net_minor": net_minor, "payout_minor": payout, "closing_minor": closing}
        )
        opening = 0 if closing < 0 and asked["negative"] == "reset" else closing
    return {"months": months}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def days(earlier: datetime, later: datetime) -> Fraction:
    passed = later - earlier
    return Fraction(passed.days) + Fraction(passed.seconds * 10**6 + passed.microseconds, 86_400 * 10**6)


TELLING = {
    "split": split, "attribution": attribution, "commission": commission, "reversal": reversal, "statement": statement,
}  # fmt: skip
