from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.audit.actions import record
from shared_apps.brands.entering import entered_brand
from shared_apps.brands.pseudonyms import pseudonym
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.events import TouchesImported
from tenant_apps.attribution.models import ImportedTouch
from tenant_apps.attribution.queries import known_imports
from tenant_apps.attribution.rules.imports import MOST_ERRORS, ImportRow, rows_of_csv
from tenant_apps.orders.queries import orders_of_customers_paid_since
from tenant_apps.programs.queries import enrollments_named


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: rows that are new, and rows that were known already."""

    rows: int
    imported: int
    known: int


@transaction.atomic
def import_touches(*, text: str, actor: Actor, at: datetime, dry_run: bool = False) -> Imported:
    """Import a CSV of touches, all of it or nothing; sent again, every row is known already.

    Sales that were decided and which a new touch precedes are decided again, in the background. With
    `dry_run` nothing is written. Raises InvalidInput with every mistake by row and field: also a partner
    nobody knows, a touch in the future, and a known id that means another touch now.
    """
    rows = rows_of_csv(text)
    touches = _as_touches(rows, at)
    known = known_imports(row.external_id for row in rows)
    _refuse_others(rows, touches, known)
    new = [touch for touch in touches if touch.external_id not in known]
    if new and not dry_run:
        # A twin that imports the same file at once waits at the unique key; its rows are ours then.
        ImportedTouch.objects.bulk_create(new, batch_size=1000, ignore_conflicts=True)
        _tell(rows, {touch.external_id for touch in new}, at)
        after = {"rows": len(rows), "imported": len(new)}
        record(actor=actor, verb="touches.imported", subject=entered_brand(), at=at, after=after)
    return Imported(rows=len(rows), imported=len(new), known=len(rows) - len(new))


def _tell(rows: Sequence[ImportRow], new: set[str], at: datetime) -> None:
    """Publish which paid orders the new touches precede."""
    fresh = [row for row in rows if row.external_id in new]
    affected = orders_of_customers_paid_since(
        min(row.at for row in fresh), emails={row.email for row in fresh}, visitors={row.visitor for row in fresh}
    )
    for order_ref in affected:
        publish(TouchesImported(order_ref=order_ref, at=at))


def _as_touches(rows: Sequence[ImportRow], at: datetime) -> list[ImportedTouch]:
    partners = enrollments_named({row.partner for row in rows})
    errors = [
        {"field": f"rows[{row.line}].partner", "message": "is no active enrollment and no active link of this brand"}
        for row in rows
        if row.partner.lower() not in partners
    ]
    errors += [
        {"field": f"rows[{row.line}].at", "message": "lies in the future"} for row in rows if row.at > at
    ]  # fmt: skip
    if errors:
        raise InvalidInput(errors=errors[:MOST_ERRORS])
    return [
        ImportedTouch(
            external_id=row.external_id, enrollment=partners[row.partner.lower()], visitor_ref=row.visitor,
            customer_key=pseudonym(row.email), campaign=row.campaign, at=row.at, imported_at=at,
        )
        for row in rows
    ]  # fmt: skip


def _refuse_others(
    rows: Sequence[ImportRow], touches: Sequence[ImportedTouch], known: dict[str, ImportedTouch]
) -> None:
    errors = [
        {"field": f"rows[{row.line}].external_id", "message": "was imported before, as another touch"}
        for row, touch in zip(rows, touches, strict=True)
        if touch.external_id in known and _said(touch) != _said(known[touch.external_id])
    ]
    if errors:
        raise InvalidInput(errors=errors[:MOST_ERRORS])


def _said(touch: ImportedTouch) -> tuple[object, ...]:
    return (touch.enrollment_id, touch.visitor_ref, touch.customer_key, touch.campaign, touch.at)
