"""Reading a partner's statements at each of its brands: every brand is entered for its own one question."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared_apps.brands.entering import brand_entered
from shared_apps.partners.queries import brands_with_statements
from tenant_apps.settlements.models import Statement
from tenant_apps.settlements.queries.printing import head_as_frozen
from tenant_apps.settlements.rules.consolidated import Entity, Stated, consolidated, month_labels, month_of

if TYPE_CHECKING:
    from shared_apps.partners.models import Partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidated:
    """A partner's month across brands, from frozen statements alone."""

    partner_ref: str
    partner_name: str
    month: str
    entities: tuple[Entity, ...]


def consolidated_statement(*, partner: "Partner", month: str) -> Consolidated:
    """Return what a partner's brands stated for a month; one question per brand, which leaves the lines there.

    Of each settlement its latest version counts. A brand the partner has left still stands for its past. Raises
    ValueError for no month.
    """
    labels, rows = month_labels(month), []
    for brand, nets in brands_with_statements(partner):
        with brand_entered(brand):
            latest = (
                Statement.objects.filter(
                    settlement__partner_ref=partner.public_id, settlement__period__label__in=labels
                )
                .defer("snapshot")
                .annotate(head=head_as_frozen())
                .order_by("settlement_id", "-version")
                .distinct("settlement_id")
            )
            rows += [_stated(statement, statement.head, nets=nets) for statement in latest]
    return Consolidated(
        partner_ref=partner.public_id, partner_name=partner.name, month=month, entities=consolidated(rows)
    )


def months_with_statements(labels: list[str]) -> list[str]:
    """Return the months that these periods end in, the latest first."""
    return sorted({month_of(label) for label in labels}, reverse=True)


def _stated(statement: Statement, told: dict[str, Any], *, nets: bool) -> Stated:
    return Stated(
        entity=told["brand"]["legal_name"], vat_id=told["brand"].get("vat_id", ""), brand_ref=told["brand"]["ref"],
        brand_name=told["brand"]["name"], statement_ref=statement.public_id, number=statement.number,
        version=statement.version, period=told["period"]["label"], first_on=told["period"]["first_on"],
        last_on=told["period"]["last_on"], currency=told["currency"],
        opening_minor=told["opening_minor"], payout_minor=told["payout_minor"], closing_minor=told["closing_minor"],
        next_opening_minor=told["next_opening_minor"], sha256=statement.sha256, nets=nets,
        place=statement.settlement_id,
    )  # fmt: skip
