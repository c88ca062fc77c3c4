"""Reading what a contract pays beside its rules: levels on recruits' sales, and bonuses."""

from kernel.payload import Payload, unique
from kernel.sentences import sentence
from tenant_apps.commissions.rules.terms import Bonus, Counter, Level, LevelOf, Measure

DEEPEST_LEVEL = 10


def parse_levels(payload: Payload) -> tuple[Level, ...]:
    """Read `levels` of a contract, none when absent: `{level, of, rate}`, each level once.

    Raises InvalidInput naming the field, such as `levels[0].rate`.
    """
    found = payload.optional("levels")
    items = found.items() if found else []
    levels = [_level(item) for item in items]
    unique((str(level.level), item.required("level")) for level, item in zip(levels, items, strict=True))
    return tuple(levels)


def parse_bonus(payload: Payload) -> Bonus:
    """Read `{id, measure, reach, amount_minor, period}`. Raises InvalidInput naming the field."""
    payload.only("id", "measure", "reach", "amount_minor", "period")
    return Bonus(
        id=payload.required("id").text(),
        measure=payload.required("measure").choice(Measure),
        reach=payload.required("reach").integer(at_least=1),
        amount_minor=payload.required("amount_minor").integer(at_least=1),
        counter=counter_of(payload),
    )


def counter_of(payload: Payload) -> Counter:
    """Return how long something counts; a month unless it says otherwise."""
    period = payload.optional("period")
    return period.choice(Counter) if period else Counter.MONTH


def _level(payload: Payload) -> Level:
    payload.only("level", "of", "rate")
    number = payload.required("level")
    level = number.integer(at_least=1)
    if level > DEEPEST_LEVEL:
        raise number.wrong(sentence("must be at most %(most)s", most=DEEPEST_LEVEL))
    return Level(
        level=level,
        of=payload.required("of").choice(LevelOf),
        rate=payload.required("rate").rate(at_most=1),
    )
