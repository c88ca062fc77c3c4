"""Files of other systems: checked whole, started by a person, taken chunk by chunk in the background."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.actions.taking import IMPORTS, take_rows
from tenant_apps.attribution.events import ImportAdvanced, ImportStarted
from tenant_apps.attribution.models import Import, ImportRow
from tenant_apps.attribution.queries.understanding import Understood, understood_conversions, understood_touches
from tenant_apps.attribution.queries.understanding_refunds import understood_refunds
from tenant_apps.attribution.rules.imports import conversions_of_csv, refunds_of_csv, touches_of_csv, wrong_source
from tenant_apps.attribution.rules.sheets import Errors, Sheet
from tenant_apps.attribution.states import IMPORT, ImportKind, ImportState

LONGEST_FILE = 8_000_000
CHUNK = 100


@transaction.atomic
def check_import(*, kind: str, source: str, text: str, file_name: str, actor: Actor, at: datetime) -> Import:
    """Read a file whole and keep what it would do; no row is taken before it is started.

    A row whose exact key (source and id there) was handled already is known and will be passed over. Raises
    InvalidInput with every mistake of every row by its field at once, then nothing is kept: also a partner, offer or
    code nobody knows, a day in the future, a refund of a sale nobody told, and a known id that means another sale,
    touch or refund.
    """
    source = source.strip().lower()
    unknown = sentence("must be one of %(choices)s", choices=", ".join(ImportKind))
    wrong = {"kind": "" if kind in set(ImportKind) else unknown,
             "source": wrong_source(source),
             "file": "" if len(text) <= LONGEST_FILE else sentence("is too long: split it")}  # fmt: skip
    errors = [{"field": field, "message": said} for field, said in wrong.items() if said]
    if wrong["kind"] or wrong["file"]:
        raise InvalidInput(errors=errors)
    rows = _understood(ImportKind(kind), source, text, at, errors)
    fresh = [row for row in rows.values() if not row.is_known]
    made = Import.objects.create(
        kind=kind, source=source, file_name=file_name[:120], sha256=hashlib.sha256(text.encode()).hexdigest(),
        rows_total=len(rows), rows_known=len(rows) - len(fresh), totals=_totals(fresh), checked_by=actor.label[:120],
        checked_at=at,
    )  # fmt: skip
    ImportRow.objects.bulk_create(
        [
            ImportRow(
                file=made, number=number, external_id=row.external_id, is_known=row.is_known, result_ref=row.result_ref,
                facts={} if row.is_known else row.facts,
            )
            for number, row in rows.items()
        ],
        batch_size=1000,
    )  # fmt: skip
    after = {"kind": kind, "source": source, "rows": len(rows), "sha256": made.sha256}
    record(actor=actor, verb="import.checked", subject=made, at=at, after=after)
    return made


@transaction.atomic
def start_import(*, file: Import, actor: Actor, at: datetime) -> Import:
    """Take the rows of a checked file, in the background. Raises IllegalTransition, StaleState."""
    change_state(file, IMPORT, ImportState.QUEUED, actor=actor, at=at)
    publish(ImportStarted(import_ref=file.public_id, at=at))
    return file


@transaction.atomic
def drop_import(*, file: Import, actor: Actor, at: datetime) -> Import:
    """Throw a checked file away, with what it said of people. Raises IllegalTransition, StaleState."""
    change_state(file, IMPORT, ImportState.DROPPED, actor=actor, at=at, finished_at=at)
    file.rows.all().delete()
    return file


@transaction.atomic
def advance_import(*, import_ref: str, step: int, at: datetime, actor: Actor = IMPORTS) -> Import | None:
    """Take the next rows of a file, or end it; a step that was done changes nothing.

    One transaction per chunk. Every row was understood when the file was checked, so none is refused now,
    but one whose id another sale took meanwhile: it is counted. What a row said of a person is forgotten.
    """
    file = Import.objects.select_for_update().filter(public_id=import_ref, step=step).first()
    if file is None or not ImportState(file.state).is_open:
        return None
    if file.state == ImportState.QUEUED:
        change_state(file, IMPORT, ImportState.RUNNING, actor=actor, at=at)
    rows = list(file.rows.filter(number__gt=file.after_row).order_by("number")[:CHUNK])
    if not rows:
        change_state(file, IMPORT, ImportState.DONE, actor=actor, at=at, finished_at=at)
        return file
    refused = take_rows(file, [row for row in rows if not row.is_known], at)
    file.after_row, file.step = rows[-1].number, file.step + 1
    file.rows_done, file.rows_refused = file.rows_done + len(rows), file.rows_refused + refused
    file.save(update_fields=["after_row", "step", "rows_done", "rows_refused"])
    publish(ImportAdvanced(import_ref=import_ref, step=file.step, at=at))
    return file


def _understood(kind: ImportKind, source: str, text: str, at: datetime, also: Errors) -> dict[int, Understood]:
    """Return what each row means. Raises InvalidInput with every mistake, in the file and here, besides others."""
    rows: dict[int, Understood]
    sheet: Sheet[Any]
    if kind is ImportKind.TOUCHES:
        sheet = touches_of_csv(text)
        rows = understood_touches(source, sheet, at)
    elif kind is ImportKind.REFUNDS:
        sheet = refunds_of_csv(text)
        rows = understood_refunds(source, sheet, at)
    else:
        sheet = conversions_of_csv(text)
        rows = understood_conversions(source, sheet, at)
    sheet.refuse(also)
    return rows


def _totals(fresh: Sequence[Understood]) -> dict[str, Any]:
    totals: Counter[str] = Counter()
    for row in fresh:
        if "total_minor" in row.facts:
            totals[row.facts["currency"]] += row.facts["total_minor"]
    return dict(sorted(totals.items()))
