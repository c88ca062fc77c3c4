"""Reading contract terms: everything that is not fully understood is refused by its path."""

from enum import StrEnum

from kernel.payload import Payload, unique
from tenant_apps.commissions.rules.terms import (
    Base,
    Charge,
    Contract,
    CountMode,
    CountTier,
    CountTiers,
    Fixed,
    Limits,
    MarginShare,
    Measure,
    Part,
    Pay,
    Per,
    Percent,
    RevenueMode,
    RevenueTier,
    RevenueTiers,
    Rule,
    When,
)


class PayKind(StrEnum):
    """The ways to pay that a rule may name."""

    FIXED = "fixed"
    PERCENT = "percent"
    MARGIN_SHARE = "margin_share"
    HYBRID = "hybrid"
    TIERED = "tiered"


class PartKind(StrEnum):
    """The ways to pay that a part of a hybrid may name: all but another hybrid."""

    FIXED = "fixed"
    PERCENT = "percent"
    MARGIN_SHARE = "margin_share"
    TIERED = "tiered"


def parse_contract(payload: Payload) -> Contract:
    """Read `{currency, rules}`; rule ids are unique.

    Raises InvalidInput naming the field, such as `contract.rules[1].pay.rate`.
    """
    payload.only("currency", "rules")
    items = payload.required("rules").items()
    rules = [_rule(item) for item in items]
    unique((rule.id, item.required("id")) for rule, item in zip(rules, items, strict=True))
    return Contract(currency=payload.required("currency").currency(), rules=tuple(rules))


def _rule(payload: Payload) -> Rule:
    payload.only("id", "when", "pay", "limits")
    when, limits = payload.optional("when"), payload.optional("limits")
    return Rule(
        id=payload.required("id").text(),
        pay=_pay(payload.required("pay")),
        when=_when(when) if when else When(),
        limits=_limits(limits) if limits else Limits(),
    )


def _when(payload: Payload) -> When:
    payload.only("product", "charge", "min_charge_number", "max_charge_number", "site", "campaign")
    charge = payload.optional("charge")
    lowest = _bound(payload, "min_charge_number", at_least=1)
    highest = _bound(payload, "max_charge_number", at_least=1)
    if lowest is not None and highest is not None and highest < lowest:
        raise payload.required("max_charge_number").wrong("must not be below min_charge_number")
    return When(
        product=_names(payload, "product"),
        charge=charge.choice(Charge) if charge else Charge.ANY,
        min_charge_number=lowest,
        max_charge_number=highest,
        site=_names(payload, "site"),
        campaign=_names(payload, "campaign"),
    )


def _limits(payload: Payload) -> Limits:
    payload.only("max_charges", "max_months", "min_minor", "cap_minor")
    return Limits(
        max_charges=_bound(payload, "max_charges", at_least=1),
        max_months=_bound(payload, "max_months", at_least=1),
        min_minor=_bound(payload, "min_minor", at_least=0),
        cap_minor=_bound(payload, "cap_minor", at_least=0),
    )


def _bound(payload: Payload, name: str, *, at_least: int) -> int | None:
    found = payload.optional(name)
    return found.integer(at_least=at_least) if found else None


def _names(payload: Payload, name: str) -> tuple[str, ...] | None:
    found = payload.optional(name)
    # An empty list could be meant as "none" or as "any": such a rule is not guessed at.
    return tuple(item.text() for item in found.items(at_least=1)) if found else None


def _pay(payload: Payload) -> Pay:
    if payload.required("kind").choice(PayKind) is not PayKind.HYBRID:
        return Pay(parts=(_part(payload),))
    payload.only("kind", "parts")
    items = payload.required("parts").items(at_least=1)
    parts = tuple(_part(item) for item in items)
    true_ups = [item for part, item in zip(parts, items, strict=True) if _is_true_up(part)]
    if len(true_ups) > 1:
        raise true_ups[1].wrong("only one part may true up the whole period")
    return Pay(parts=parts)


def _is_true_up(part: Part) -> bool:
    return isinstance(part, RevenueTiers | CountTiers) and part.mode == "all"


def _part(payload: Payload) -> Part:
    match payload.required("kind").choice(PartKind):
        case PartKind.FIXED:
            payload.only("kind", "amount_minor", "per")
            return Fixed(
                amount_minor=payload.required("amount_minor").integer(at_least=0),
                per=payload.required("per").choice(Per),
            )
        case PartKind.PERCENT:
            payload.only("kind", "rate", "base")
            base = payload.optional("base")
            return Percent(rate=payload.required("rate").rate(), base=base.choice(Base) if base else Base.NET)
        case PartKind.MARGIN_SHARE:
            payload.only("kind", "rate")
            return MarginShare(rate=payload.required("rate").rate())
        case PartKind.TIERED:
            return _tiered(payload)


def _tiered(payload: Payload) -> RevenueTiers | CountTiers:
    payload.only("kind", "measure", "mode", "tiers")
    measure, mode = payload.required("measure").choice(Measure), payload.required("mode")
    items = payload.required("tiers").items(at_least=1)
    if measure is Measure.REVENUE:
        bounds = _lower_bounds(items, value="rate", first=(0,))
        rates = [item.required("rate").rate() for item in items]
        revenue_tiers = map(RevenueTier, bounds, rates)
        return RevenueTiers(mode=mode.choice(RevenueMode), tiers=tuple(revenue_tiers))
    bounds = _lower_bounds(items, value="amount_minor", first=(0, 1))
    amounts = [item.required("amount_minor").integer(at_least=0) for item in items]
    return CountTiers(mode=mode.choice(CountMode), tiers=tuple(map(CountTier, bounds, amounts)))


def _lower_bounds(items: list[Payload], *, value: str, first: tuple[int, ...]) -> list[int]:
    bounds: list[int] = []
    for item in items:
        bound = item.only("from", value).required("from")
        lower = bound.integer(at_least=0)
        if not bounds and lower not in first:
            raise bound.wrong(f"the first tier starts at {' or '.join(map(str, first))}")
        if bounds and lower <= bounds[-1]:
            raise bound.wrong(f"must be above the tier before, {bounds[-1]}")
        bounds.append(lower)
    return bounds
