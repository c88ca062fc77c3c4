"""What an example order would earn under terms that are being written: its line, its period, levels and bonuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from kernel.errors import InvalidInput
from kernel.money import Money
from kernel.payload import Payload
from kernel.sentences import sentence
from tenant_apps.commissions.queries import Told, explained
from tenant_apps.commissions.rules import (
    Bonus,
    CommissionLine,
    Contract,
    Line,
    Own,
    PeriodTotals,
    Progress,
    Rule,
    Sale,
    Step,
    bonus_due,
    commission_for,
    level_for,
    parse_contract,
    trued_up,
)

AT = datetime.fromisoformat("2026-06-01T12:00:00+00:00")
MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """An amount beside the order's own: what it is, how much, and how it came about."""

    name: str
    amount_minor: int
    steps: list[Told]


@dataclass(frozen=True, slots=True)
class Example:
    """What the example order earns, and what it brings about: for the period, for who recruited, for a bonus."""

    currency: str
    line: CommissionLine
    steps: list[Told]
    true_up: Row | None
    levels: list[Row]
    bonuses: list[Row]


def example_of(document: Mapping[str, Any], typed: Mapping[str, str]) -> Example | None:
    """Return what an example order of one line would earn, with its steps; None without a price. Books nothing.

    Levels are shown as if a recruited partner with these same terms had sold it. Raises InvalidInput naming the
    field that is no price or number.
    """
    if not typed.get("price", "").strip() or not (document["rules"] or document["bonuses"]):
        return None
    beside = {name: document[name] for name in ("levels", "bonuses") if document[name]}
    contract = parse_contract(Payload({name: document[name] for name in ("currency", "rules")} | beside))
    currency = contract.currency
    revenue = Fraction(_money(typed, "period_revenue", currency))
    before = PeriodTotals(
        revenue, _number(typed, "period_count"), Own(revenue, Fraction(_number(typed, "period_count")))
    )
    sale = _sale(typed, currency, before)
    line = commission_for(contract=contract, sale=sale).lines[0]
    own = Own(revenue + line.base_minor, before.own.credited + 1, line.beside)
    after = PeriodTotals(own.revenue_minor, before.count + 1, own)
    return Example(
        currency, line, _told(line.steps), _true_up(contract, line, before, after), _levels(contract, line),
        [row for bonus in contract.bonuses if (row := _bonus(bonus, before, after, currency))],
    )  # fmt: skip


def _sale(typed: Mapping[str, str], currency: str, before: PeriodTotals) -> Sale:
    number = _number(typed, "charge_number", least=1)
    line = Line(
        id="1", product=_text(typed, "product") or "example", gross_minor=_money(typed, "price", currency),
        quantity=_number(typed, "quantity", least=1),
    )  # fmt: skip
    return Sale(
        at=AT, lines=(line,), charge_number=number, first_charge_at=AT if number == 1 else AT.replace(month=5),
        campaign=_text(typed, "campaign"), country=(_text(typed, "country") or "").upper() or None,
        partner=_text(typed, "partner"),
        before=Progress(
            revenue_minor=before.revenue_minor, count=before.count, credited=before.own.credited, own=before.own
        ),
    )  # fmt: skip


def _true_up(contract: Contract, line: CommissionLine, before: PeriodTotals, after: PeriodTotals) -> Row | None:
    rule: Rule | None = next((rule for rule in contract.rules if rule.id == line.rule and rule.trued_up), None)
    if rule is None or line.reason is not None:
        return None
    due, steps = trued_up(rule, after, contract.currency)
    amount = due - trued_up(rule, before, contract.currency)[0] - line.amount_minor
    return Row(rule.id, amount, _told(steps)) if amount else None


def _levels(contract: Contract, line: CommissionLine) -> list[Row]:
    rows = []
    for level in sorted(contract.levels, key=lambda level: level.level):
        amount, steps = level_for(
            level, net_minor=line.base_minor, share=Fraction(1), commission_minor=line.amount_minor,
            currency=contract.currency,
        )  # fmt: skip
        rows.append(Row(str(level.level), amount, _told(steps)))
    return rows


def _bonus(bonus: Bonus, before: PeriodTotals, after: PeriodTotals, currency: str) -> Row:
    due, steps = bonus_due(bonus, after, currency)
    return Row(bonus.id, due - bonus_due(bonus, before, currency)[0], _told(steps))


def _told(steps: Iterable[Step]) -> list[Told]:
    return explained(step.as_dict() for step in steps)


def _text(typed: Mapping[str, str], name: str) -> str | None:
    return typed.get(name, "").strip() or None


def _money(typed: Mapping[str, str], name: str, currency: str) -> int:
    minor = Money.parse_decimal(_text(typed, name) or "0", currency, field=name).minor
    if minor < 0:
        raise InvalidInput(field=name, message="must not be below 0")
    return minor


def _number(typed: Mapping[str, str], name: str, *, least: int = 0) -> int:
    text = _text(typed, name) or str(least)
    if not (text.isascii() and text.isdecimal()) or not least <= int(text) < MOST:
        raise InvalidInput(field=name, message=sentence("must be a whole number from %(least)s on", least=least))
    return int(text)
