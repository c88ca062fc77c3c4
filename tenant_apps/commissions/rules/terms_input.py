"""Reading contract terms: everything that is not fully understood is refused by its path."""

from enum import StrEnum

from kernel.payload import Payload, unique
from kernel.sentences import sentence
from tenant_apps.commissions.rules.beside_input import counter_of, parse_bonus, parse_levels
from tenant_apps.commissions.rules.terms import (
    Base,
    Cap,
    CapScope,
    Contract,
    Counter,
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
from tenant_apps.commissions.rules.when_input import bound_of, parse_when

Tiers = RevenueTiers | CountTiers


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
    """Read `{currency, rules, levels, bonuses}`; ids are unique among rules and bonuses.

    Raises InvalidInput naming the field, such as `contract.rules[1].pay.rate`.
    """
    payload.only("currency", "rules", "levels", "bonuses")
    items = payload.required("rules").items()
    rules = [_rule(item) for item in items]
    levels, found = parse_levels(payload), payload.optional("bonuses")
    bonus_items = found.items() if found else []
    bonuses = [parse_bonus(item) for item in bonus_items]
    ids = [*(rule.id for rule in rules), *(bonus.id for bonus in bonuses)]
    unique((entry_id, item.required("id")) for entry_id, item in zip(ids, [*items, *bonus_items], strict=True))
    return Contract(
        currency=payload.required("currency").currency(), rules=tuple(rules), levels=levels, bonuses=tuple(bonuses)
    )


def _rule(payload: Payload) -> Rule:
    payload.only("id", "when", "pay", "limits")
    when, limits = payload.optional("when"), payload.optional("limits")
    rule = Rule(
        id=payload.required("id").text(),
        pay=_pay(payload.required("pay")),
        when=parse_when(when) if when else When(),
        limits=_limits(limits) if limits else Limits(),
    )
    # What a whole period is due belongs to no single customer or order.
    unfit = [index for index, cap in enumerate(rule.limits.caps) if cap.per in (CapScope.CUSTOMER, CapScope.ORDER)]
    if limits and rule.trued_up and unfit:
        per = limits.required("caps").items()[unfit[0]].required("per")
        raise per.wrong("does not fit tiers that pay the whole period")
    return rule


def _limits(payload: Payload) -> Limits:
    payload.only("max_charges", "max_months", "min_minor", "max_minor", "cap_minor", "caps")
    caps = payload.optional("caps")
    least = bound_of(payload, "min_minor", at_least=0)
    most = bound_of(payload, "max_minor", at_least=0)
    if least is not None and most is not None and most < least:
        raise payload.required("max_minor").wrong("must not be below min_minor")
    return Limits(
        max_charges=bound_of(payload, "max_charges", at_least=1),
        max_months=bound_of(payload, "max_months", at_least=1),
        min_minor=least,
        max_minor=most,
        cap_minor=bound_of(payload, "cap_minor", at_least=0),
        caps=_caps(caps.items()) if caps else (),
    )


def _caps(items: list[Payload]) -> tuple[Cap, ...]:
    caps = []
    for item in items:
        per = item.only("per", "period", "amount_minor").required("per").choice(CapScope)
        period = item.required("period") if per is CapScope.PERIOD else item.optional("period")
        if period is not None and per is CapScope.ORDER:
            raise period.wrong("an order has no period")
        caps.append(
            Cap(
                per=per, amount_minor=item.required("amount_minor").integer(at_least=0),
                period=period.choice(Counter) if period else Counter.LIFETIME,
            )
        )  # fmt: skip
    unique((f"{cap.per} {cap.period}", item) for cap, item in zip(caps, items, strict=True))
    return tuple(caps)


def _pay(payload: Payload) -> Pay:
    if payload.required("kind").choice(PayKind) is not PayKind.HYBRID:
        return Pay(parts=(_part(payload),))
    payload.only("kind", "parts")
    items = payload.required("parts").items(at_least=1)
    parts = tuple(_part(item) for item in items)
    true_ups = [item for part, item in zip(parts, items, strict=True) if _is_true_up(part)]
    if len(true_ups) > 1:
        raise true_ups[1].wrong("only one part may true up the whole period")
    tiered = [(part, item) for part, item in zip(parts, items, strict=True) if isinstance(part, Tiers)]
    for part, item in tiered[1:]:
        if part.period != tiered[0][0].period:
            raise (item.optional("period") or item).wrong("must be the same for all tiers of a rule")
    return Pay(parts=parts)


def _is_true_up(part: Part) -> bool:
    return isinstance(part, Tiers) and part.mode == "all"


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
    payload.only("kind", "measure", "mode", "tiers", "period")
    period = counter_of(payload)
    measure, mode = payload.required("measure").choice(Measure), payload.required("mode")
    items = payload.required("tiers").items(at_least=1)
    if measure is Measure.REVENUE:
        bounds = _lower_bounds(items, value="rate", first=(0,))
        rates = [item.required("rate").rate() for item in items]
        revenue_tiers = map(RevenueTier, bounds, rates)
        return RevenueTiers(mode=mode.choice(RevenueMode), tiers=tuple(revenue_tiers), period=period)
    bounds = _lower_bounds(items, value="amount_minor", first=(0, 1))
    amounts = [item.required("amount_minor").integer(at_least=0) for item in items]
    return CountTiers(mode=mode.choice(CountMode), tiers=tuple(map(CountTier, bounds, amounts)), period=period)


def _lower_bounds(items: list[Payload], *, value: str, first: tuple[int, ...]) -> list[int]:
    bounds: list[int] = []
    for item in items:
        bound = item.only("from", value).required("from")
        lower = bound.integer(at_least=0)
        if not bounds and lower not in first:
            raise bound.wrong(sentence("the first tier starts at %(choices)s", choices=" or ".join(map(str, first))))
        if bounds and lower <= bounds[-1]:
            raise bound.wrong(sentence("must be above the tier before, %(number)s", number=bounds[-1]))
        bounds.append(lower)
    return bounds
