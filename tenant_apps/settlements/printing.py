"""Where printed documents are kept: one file per hash, written once; a long one in chunks that are bound at the end."""

import json
import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from kernel.clock import utc_now
from kernel.sentences import sentence
from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.actions import publish
from tenant_apps.settlements.documents import (
    OPENING,
    PART_LINES,
    StatementPages,
    Told,
    consolidated_pdf,
    consolidated_sha256,
    ending,
    next_chunk,
    pdf_of,
    pdf_of_pages,
)
from tenant_apps.settlements.errors import BeingPrinted
from tenant_apps.settlements.events import StatementPartsPrinted
from tenant_apps.settlements.models import CreditNote, Statement
from tenant_apps.settlements.queries import Consolidated, frozen_lines, pages_of

CHUNKS_AT_ONCE: Final = 4  # some ten seconds of work: no delivery outlasts its lease
GIVEN_UP: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a document's lines are on paper."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        """Return the share that is done, in whole percent."""
        return 100 * self.done // self.total


def print_statement(document: Statement | CreditNote) -> Path:
    """Return the PDF of a statement or a credit note, rendered now unless it was before.

    A long statement is printed in the background only. Raises BeingPrinted, PdfFailed and PdfTooCostly.
    """
    path = _path(document)
    if path.exists():
        return path
    if isinstance(document, Statement) and (progress := being_printed(document)) is not None:
        _see_to_it(document)
        told = {"done": progress.done, "total": progress.total}
        raise BeingPrinted(
            sentence("%(number)s is being printed: %(done)s of %(total)s lines.", number=document.number, **told),
            **told,
        )
    _keep(path, [pdf_of(document.snapshot)])
    return path


def print_consolidated(told: Consolidated, *, language: str) -> Path:
    """Return the PDF of a partner's month across brands, rendered now unless the same figures were before.

    It has a line for each statement, whatever stands in them, so it is printed while somebody waits. Raises PdfFailed
    and PdfTooCostly.
    """
    folder = Path(settings.MEDIA_ROOT) / "statements" / "consolidated"
    path = folder / f"{consolidated_sha256(told)}.{language}.pdf"
    if not path.exists():
        _keep(path, [consolidated_pdf(told, language=language)])
    return path


def being_printed(statement: Statement) -> Progress | None:
    """Return how far a long statement is, or None when its PDF is there or is printed as it is asked for."""
    if _path(statement).exists():
        return None
    total = _lines_in(statement)
    if total <= PART_LINES:
        return None
    return Progress(min(sum(told["lines"] for told in _chunks(_folder(statement))), total), total)


def go_on_printing(statement: Statement) -> None:
    """Print a statement, or of a long one the next parts; then ask for those after them.

    Chunks are files that say the same whoever writes them: a step that is repeated, or that two workers do, loses
    and doubles nothing. Raises PdfFailed and PdfTooCostly.
    """
    path, folder = _path(statement), _folder(statement)
    if path.exists():
        return
    pages = pages_of(statement)
    if pages.lines <= PART_LINES:
        _keep(path, [pdf_of_pages(pages)])
        return
    for _ in range(CHUNKS_AT_ONCE):
        before = _chunks(folder)
        chunk = next_chunk(pages, before, part_lines=PART_LINES)
        if chunk is None:
            _bind(path, folder, before, pages)
            return
        _put_down(folder, len(before), *chunk)
    with transaction.atomic():
        done = sum(told["lines"] for told in _chunks(folder))
        publish(StatementPartsPrinted(at=utc_now(), statement_ref=statement.public_id, lines=done))


def _see_to_it(statement: Statement) -> None:
    """Ask for the next parts anew when nobody has printed one for a while: whoever did may have given up."""
    folder = _folder(statement)
    if folder.exists() and utc_now().timestamp() - folder.stat().st_mtime < GIVEN_UP.total_seconds():
        return
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    with transaction.atomic():
        publish(StatementPartsPrinted(at=utc_now(), statement_ref=statement.public_id, lines=0))


def _path(document: Statement | CreditNote) -> Path:
    folder: Path = Path(settings.MEDIA_ROOT) / "statements" / entered_brand().schema_name
    return folder / f"{document.sha256}.pdf"


def _folder(statement: Statement) -> Path:
    return _path(statement).with_suffix(".parts")


def _lines_in(statement: Statement) -> int:
    """Count the lines of a snapshot that is at hand; any other stays where it is, for it may be long."""
    if "snapshot" in statement.get_deferred_fields():
        return sum(len(lines) for lines in frozen_lines(statement).values())
    return len(statement.snapshot["earnings"]) + len(statement.snapshot["clawbacks"])


def _chunks(folder: Path) -> list[Told]:
    """Return what is told of the chunks that are there whole, up to the first gap."""
    told: list[Told] = []
    while (said := folder / f"{len(told):05}.json").exists():
        chunk: Told = json.loads(said.read_text())
        body = said.with_suffix(".part")
        if not body.exists() or body.stat().st_size != chunk["size"]:
            break
        told.append(chunk)
    return told


def _put_down(folder: Path, place: int, body: bytes, told: Told) -> None:
    _keep(folder / f"{place:05}.part", [body])
    _keep(folder / f"{place:05}.json", [json.dumps(told).encode()])


def _bind(path: Path, folder: Path, told: list[Told], pages: StatementPages) -> None:
    bodies = ((folder / f"{place:05}.part").read_bytes() for place in range(len(told)))
    _keep(path, (part for some in ([OPENING], bodies, [ending(told, identifier=pages.identifier)]) for part in some))
    shutil.rmtree(folder, ignore_errors=True)


def _keep(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file under its name at once: a draft is renamed, so a killed worker leaves no half of it.

    Two at the same time write the same bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(6)}")
    try:
        with draft.open("xb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
