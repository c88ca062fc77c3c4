"""A rule in plain words: what it pays, for what, and up to where."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tenant_apps.programs.rules.saying import Amount, Listed, Named, Rate, Saying, Value, say

Document = Mapping[str, Any]


def said_document(document: Document) -> Iterator[tuple[str, Saying]]:
    """Say a whole document, entry by entry, each rule and bonus with its name; what stands beside has none."""
    currency = document["currency"]
    for rule in document["rules"]:
        yield str(rule["id"]), said_rule(rule, currency)
    for level in document["levels"]:
        yield "", said_level(level)
    for bonus in document["bonuses"]:
        yield str(bonus["id"]), said_bonus(bonus, currency)
    for name in _TERMS:
        yield "", said_term(name, document)


def said_rule(rule: Document, currency: str) -> Saying:
    """Say what a rule pays, its conditions, and its limits."""
    conditions = [said_condition(name, value, currency) for name, value in rule.get("when", {}).items()]
    limits = [said_limit(name, value, currency) for name, value in rule.get("limits", {}).items()]
    return Saying("%(all)s", (("all", Listed((said_pay(rule["pay"], currency), *conditions, *limits), "; ")),))


def said_pay(pay: Document, currency: str) -> Saying:
    """Say what is paid, without the conditions."""
    match pay:
        case {"kind": "hybrid", "parts": parts}:
            return say("%(parts)s together", parts=Listed(tuple(said_pay(part, currency) for part in parts), " + "))
        case {"kind": "fixed", "per": "order"}:
            return say("%(amount)s per order", amount=Amount(pay["amount_minor"], currency))
        case {"kind": "fixed", "per": "unit"}:
            return say("%(amount)s per unit", amount=Amount(pay["amount_minor"], currency))
        case {"kind": "percent", "base": "gross"}:
            return say("%(rate)s of the gross price", rate=_rate(pay["rate"]))
        case {"kind": "percent"}:
            return say("%(rate)s of the net price", rate=_rate(pay["rate"]))
        case {"kind": "margin_share"}:
            return say("%(rate)s of the margin", rate=_rate(pay["rate"]))
        case {"kind": "tiered"}:
            return _tiered(pay, currency)
    return _plain("pay", pay)


def said_condition(name: str, value: Any, currency: str) -> Saying:
    """Say one condition of a rule."""
    if name in _LISTS:
        return say(_LISTS[name], names=_names(name, value))
    if name in _NUMBERS:
        return say(_NUMBERS[name], number=value)
    if name in _AMOUNTS:
        return say(_AMOUNTS[name], amount=Amount(value, currency))
    if name == "metadata":
        pairs = [say("%(key)s is %(names)s", key=key, names=_names("", names)) for key, names in value.items()]
        return say("where %(pairs)s", pairs=Listed(tuple(pairs), ", "))
    if name == "charge" and value in _CHARGES:
        return say(_CHARGES[value])
    return _plain(name, value)


def said_limit(name: str, value: Any, currency: str) -> Saying:
    """Say one limit of a rule."""
    if name == "caps":
        return Saying("%(caps)s", (("caps", Listed(tuple(_cap(cap, currency) for cap in value))),))
    if name in _NUMBERS:
        return say(_NUMBERS[name], number=value)
    if name in _AMOUNTS:
        return say(_AMOUNTS[name], amount=Amount(value, currency))
    return _plain(name, value)


def said_term(name: str, document: Document) -> Saying:
    """Say one of the terms beside the rules."""
    value, currency = document.get(name), document["currency"]
    known = _TERMS.get(name)
    return known(value, currency, document) if known else _plain(name, value)


def said_level(level: Document) -> Saying:
    """Say what is earned on the sales of recruited partners."""
    rate, number = _rate(level["rate"]), level["level"]
    if level["of"] == "commission":
        return say("%(rate)s of the commission of partners recruited, level %(level)s", rate=rate, level=number)
    return say("%(rate)s of the net sales of partners recruited, level %(level)s", rate=rate, level=number)


def said_bonus(bonus: Document, currency: str) -> Saying:
    """Say what a bonus pays, and when."""
    amount, period = Amount(bonus["amount_minor"], currency), _period(bonus)
    if bonus["measure"] == "period_revenue":
        reach = Amount(bonus["reach"], currency)
        return say("%(amount)s once when the revenue of %(period)s reaches %(reach)s", amount=amount, period=period,
                   reach=reach)  # fmt: skip
    return say("%(amount)s once when the sales of %(period)s reach %(reach)s", amount=amount, period=period,
               reach=bonus["reach"])  # fmt: skip


_LISTS = {
    "product": say("for the products %(names)s").text,
    "site": say("on the websites %(names)s").text,
    "campaign": say("in the campaigns %(names)s").text,
    "placement": say("at the placements %(names)s").text,
    "partner": say("for the partners %(names)s").text,
    "country": say("for customers from %(names)s").text,
}
_CHARGES = {
    "any": say("for every order").text,
    "first": say("for a customer's first order").text,
    "returning": say("for orders after a customer's first").text,
}
_NUMBERS = {
    "min_charge_number": say("from a customer's order %(number)s on").text,
    "max_charge_number": say("up to a customer's order %(number)s").text,
    "min_customer_age_months": say("for customers since %(number)s months or more").text,
    "max_customer_age_months": say("for customers since at most %(number)s months").text,
    "min_quantity": say("for %(number)s units or more").text,
    "max_quantity": say("for at most %(number)s units").text,
    "max_charges": say("for a customer's first %(number)s orders").text,
    "max_months": say("for %(number)s months from a customer's first order").text,
}
_AMOUNTS = {
    "min_amount_minor": say("for lines of %(amount)s net or more").text,
    "max_amount_minor": say("for lines of at most %(amount)s net").text,
    "min_order_minor": say("for orders of %(amount)s net or more").text,
    "max_order_minor": say("for orders of at most %(amount)s net").text,
    "min_minor": say("at least %(amount)s per line").text,
    "max_minor": say("at most %(amount)s per line").text,
    "cap_minor": say("at most %(amount)s in all").text,
}
_CAPS = {
    "customer": say("at most %(amount)s per customer in %(period)s").text,
    "order": say("at most %(amount)s per order").text,
    "period": say("at most %(amount)s in %(period)s").text,
    "partner": say("at most %(amount)s in %(period)s by all rules together").text,
}
_PERIODS = {
    "month": say("a month").text, "quarter": say("a quarter").text, "lifetime": say("the whole time").text,
}  # fmt: skip
_TIERED = {
    ("period_revenue", "past_each"): say("%(tiers)s, each slice of the revenue of %(period)s at its own rate").text,
    ("period_revenue", "whole"): say("%(tiers)s, by the revenue of %(period)s that the order reaches").text,
    ("period_revenue", "all"): say("%(tiers)s, all revenue of %(period)s at the rate it reaches").text,
    ("period_count", "whole"): say("%(tiers)s, by the sales of %(period)s that the order reaches").text,
    ("period_count", "all"): say("%(tiers)s, all sales of %(period)s at the amount they reach").text,
}


def _tiered(pay: Document, currency: str) -> Saying:
    text = _TIERED.get((pay["measure"], pay["mode"]))
    if text is None:
        return _plain("pay", pay)
    by_revenue = pay["measure"] == "period_revenue"
    tiers = [
        say("%(rate)s from %(bound)s", rate=_rate(tier["rate"]), bound=Amount(tier["from"], currency))
        if by_revenue
        else say("%(amount)s each from sale %(bound)s", amount=Amount(tier["amount_minor"], currency),
                 bound=tier["from"])
        for tier in pay["tiers"]
    ]  # fmt: skip
    return Saying(text, (("tiers", Listed(tuple(tiers), ", ")), ("period", _period(pay))))


def _cap(cap: Document, currency: str) -> Saying:
    values: tuple[tuple[str, Value], ...] = (("amount", Amount(cap["amount_minor"], currency)),)
    period = Saying(_PERIODS[cap.get("period", "lifetime")])
    return Saying(_CAPS[cap["per"]], (*values, ("period", period)))


def _period(document: Document) -> Saying:
    return Saying(_PERIODS[document.get("period", "month")])


def _rate(text: str) -> Rate:
    return Rate(Decimal(text))


def _names(kind: str, names: Sequence[str]) -> Listed:
    return Listed(tuple(Named(kind, name) for name in names))


def _plain(name: str, value: Any) -> Saying:
    said = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return Saying("%(name)s: %(value)s", (("name", name), ("value", said)))


def _negative(value: Any, currency: str, document: Document) -> Saying:
    if value == "cap":
        cap = Amount(document.get("negative_cap_minor", 0), currency)
        return say("A negative balance is carried forward, at most %(amount)s", amount=cap)
    if value == "reset":
        return say("A negative balance starts again at zero")
    return say("A negative balance is carried forward")


def _pinning(value: Any, currency: str, document: Document) -> Saying:  # noqa: ARG001
    if value == "floating":
        return say("Every order is paid by the version of its day")
    return say("A customer keeps the version of the first order")


def _manual_lines(value: Any, currency: str, document: Document) -> Saying:  # noqa: ARG001
    if value == "bypass":
        return say("Lines that the brand writes by hand are payable at once")
    return say("Lines that the brand writes by hand wait as sales do")


def _converts(value: Any, currency: str, document: Document) -> Saying:  # noqa: ARG001
    if value:
        return say(
            "Sales in other currencies are converted to %(currency)s at the rate of their day", currency=currency
        )
    return say("Only sales in %(currency)s are paid by this contract", currency=currency)


def _starts(value: Any, currency: str, document: Document) -> Saying:  # noqa: ARG001
    return (
        say("Begins on %(moment)s, or when it is accepted later", moment=value)
        if value
        else say("Begins when it is accepted")
    )


def _reserve(value: Any, currency: str, document: Document) -> Saying:  # noqa: ARG001
    if not value:
        return say("Nothing is kept in reserve")
    return say("%(rate)s is kept in reserve for %(days)s days", rate=_rate(value["rate"]), days=value["days"])


def _clawback(value: Any, currency: str, document: Document) -> Saying:  # noqa: ARG001
    value = value or {}
    match value.get("schedule", "full"):
        case "pro_rata":
            how = say("Refunds take back what is not earned after so many of %(months)s months", months=value["months"])
        case "declining":
            steps = tuple(
                say("%(rate)s from day %(day)s on", rate=_rate(step["rate"]), day=step["after_days"])
                for step in value["steps"]
            )
            how = say("Refunds take back %(steps)s", steps=Listed(steps, ", "))
        case _:
            how = say("Refunds take back the commission on them")
    more: list[Value] = [how]
    if "window_days" in value:
        more.append(say("within %(days)s days after the sale", days=value["window_days"]))
    if "max_payout_share" in value:
        more.append(say("at most %(rate)s of a payout", rate=_rate(value["max_payout_share"])))
    return Saying("%(all)s", (("all", Listed(tuple(more), ", ")),))


_TERMS: dict[str, Callable[[Any, str, Document], Saying]] = {
    "currency": lambda value, *_: say("Amounts in %(currency)s", currency=value),
    "converts": _converts,
    "starts_at": _starts,
    "hold_days": lambda value, *_: say("Payable %(days)s days after the sale", days=value),
    "minimum_payout_minor": lambda value, currency, _: say("Paid out from %(sum)s on", sum=Amount(value, currency)),
    "negative": _negative,
    "pinning": _pinning,
    "manual_lines": _manual_lines,
    "clawback": _clawback,
    "reserve": _reserve,
}
