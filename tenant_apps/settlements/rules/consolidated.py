"""What a partner has across brands for one month: by legal entity, then by currency. Pure; currencies never meet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """An issued statement of one brand as it was frozen.

    `period` is its label, which names the whole of a period cut short; `first_on` and `last_on` are the days that
    it covers. `nets` says whether brand and partner agreed to set off there, `place` orders a brand's own statements.
    """

    entity: str
    vat_id: str
    brand_ref: str
    brand_name: str
    statement_ref: str
    number: str
    version: int
    period: str
    first_on: str
    last_on: str
    currency: str
    opening_minor: int
    payout_minor: int
    closing_minor: int
    next_opening_minor: int
    sha256: str
    nets: bool
    place: int

    @property
    def moved_minor(self) -> int:
        """All that the period brought: earned, taken back, tax, reserve, adjustments."""
        return self.closing_minor + self.payout_minor - self.opening_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One legal entity's statements in one currency: opening + moved + written off − payout = closing."""

    currency: str
    rows: tuple[Stated, ...]
    opening_minor: int
    moved_minor: int
    written_off_minor: int
    payout_minor: int
    closing_minor: int
    owed_back_minor: int
    netted_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A legal entity that owes, by its name and VAT number; its brands are one debtor."""

    name: str
    vat_id: str
    parts: tuple[Part, ...]


def consolidated(rows: Iterable[Stated]) -> tuple[Entity, ...]:
    """Return statements by legal entity and currency, in order of name, currency, brand and period.

    Nothing is added across currencies or entities. `netted_minor` is what payouts leave when debts to the
    same entity in the same currency are set off; None where there is nothing to set off, where only one brand is
    concerned, or where it is not agreed with each of them.
    """
    ordered = sorted(rows, key=lambda row: (*_entity(row), row.currency, row.brand_name, row.brand_ref, row.place))
    return tuple(
        Entity(
            name=next(iter(of_entity)).entity, vat_id=of_entity[0].vat_id,
            parts=tuple(_part(code, tuple(part)) for code, part in groupby(of_entity, key=lambda row: row.currency)),
        )
        for of_entity in (list(group) for _, group in groupby(ordered, key=_entity))
    )  # fmt: skip


def month_labels(month: str) -> list[str]:
    """Return the labels of all periods whose last day lies in a month such as 2026-05; raises ValueError."""
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    days = [first + timedelta(days=offset) for offset in range((after - first).days)]
    weeks = [f"{day.isocalendar().year}-W{day.isocalendar().week:02}" for day in days if day.isoweekday() == 7]
    return [month, f"{month}-H1", f"{month}-H2", *weeks]


def month_of(label: str) -> str:
    """Return the month in which a period's last day lies: of 2026-05-H1, 2026-05; of 2026-W22, 2026-05."""
    year, _, week = label.partition("-W")
    return date.fromisocalendar(int(year), int(week), 7).isoformat()[:7] if week else label[:7]


def _entity(row: Stated) -> tuple[str, str]:
    return row.entity.casefold(), row.vat_id


def _part(currency: str, rows: tuple[Stated, ...]) -> Part:
    chains = [tuple(chain) for _, chain in groupby(rows, key=lambda row: row.brand_ref)]
    lasts = [chain[-1] for chain in chains]
    payout = sum(row.payout_minor for row in rows)
    owed_back = sum(min(0, last.next_opening_minor) for last in lasts)
    gaps = [after.opening_minor - before.closing_minor for chain in chains for before, after in pairwise(chain)]
    may_net = payout > 0 > owed_back and len(chains) > 1 and all(row.nets for row in rows)
    return Part(
        currency=currency, rows=rows, opening_minor=sum(chain[0].opening_minor for chain in chains),
        moved_minor=sum(row.moved_minor for row in rows), written_off_minor=sum(gaps), payout_minor=payout,
        closing_minor=sum(last.closing_minor for last in lasts), owed_back_minor=owed_back,
        netted_minor=payout + owed_back if may_net else None,
    )  # fmt: skip
