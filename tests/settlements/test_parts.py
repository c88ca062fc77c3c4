"""Long statements: printed in parts of a bounded size, bound into one PDF whose pages have no gap."""

import io
import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pypdf
import pytest

from shared_apps.outbox.models import Message
from tenant_apps.settlements import printing
from tenant_apps.settlements.documents import ConsolidatedPages, StatementPages, csv_of, pdf_of, pdf_of_pages, sha256_of
from tenant_apps.settlements.errors import BeingPrinted
from tenant_apps.settlements.models import Statement
from tenant_apps.settlements.printing import being_printed, go_on_printing, print_statement
from tenant_apps.settlements.queries import (
    Consolidated,
    csv_of_statement,
    frozen_lines,
    head_of,
    pages_of,
    statement_to_print,
)
from tenant_apps.settlements.queries import printing as queries_of_printing
from tenant_apps.settlements.rules.consolidated import consolidated
from tests.settlements.books import JUNE, MAY, earned, enrolled
from tests.settlements.sample import sample
from tests.settlements.test_actions import issued
from tests.settlements.test_consolidated import stated

SMALL = 24


def texts_of(document: bytes) -> list[list[str]]:
    return [sorted(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(document)).pages]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_document_in_parts_is_the_document(language: str) -> None:
    """Page for page the same words, numbers "n of N" included; what is marked up for reading aloud is all there."""
    snapshot = sample(lines=50, clawbacks=12, language=language)
    pages = StatementPages.of(snapshot)
    bound, whole = pdf_of_pages(pages, part_lines=SMALL), pdf_of(snapshot)
    assert texts_of(bound) == texts_of(whole)
    assert pdf_of_pages(pages, part_lines=SMALL) == bound
    ours, theirs = (pypdf.PdfReader(io.BytesIO(document), strict=True) for document in (bound, whole))
    assert ours.metadata == theirs.metadata
    assert ours.trailer["/ID"] == theirs.trailer["/ID"] == [sha256_of(snapshot)] * 2
    assert marked(ours) == marked(theirs)


def marked(reader: Any) -> list[list[str]]:
    """Return for each page what its pieces of content are in the tree that leads to them; margins are no content."""
    root = reader.trailer["/Root"]["/StructTreeRoot"]
    leaves = root["/ParentTree"].get("/Kids") or [root["/ParentTree"]]
    listed = [entry for leaf in leaves for entry in leaf.get_object()["/Nums"]]
    by_page = dict(zip(listed[::2], listed[1::2], strict=True))
    assert list(by_page) == list(range(len(reader.pages)))
    pieces = [by_page[page["/StructParents"]].get_object() for page in reader.pages]
    ways = [[way(piece.get_object()) for piece in each] for each in pieces]
    return [[each for each in some if "/Table" in each or "/Div" in each] for some in ways]


def way(piece: Any) -> str:
    steps = []
    while piece.get("/S"):
        steps.append(piece["/S"])
        piece = piece["/P"].get_object() if "/P" in piece else {}
    return "".join(steps).removesuffix("/Document").removesuffix("/Part")


def test_a_part_that_ends_with_a_total_loses_none() -> None:
    for lines in (SMALL - 1, SMALL, SMALL + 1):
        snapshot = sample(lines=lines, clawbacks=9)
        document = pdf_of_pages(StatementPages.of(snapshot), part_lines=SMALL)
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages)
        assert re.findall(r"#1\d{3}", text) == [f"#{1041 + index}" for index in range(lines)]
        assert text.count("Total of earnings") == text.count("Total of clawbacks") == 1


def test_a_consolidated_statement_of_many_brands_is_printed_in_parts() -> None:
    many = product(("A GmbH", "B Ltd"), ("EUR", "KRW"), range(17))
    rows = [
        stated(f"Brand {place:03}", currency, entity, number=f"ST-{place:05}", place=place)
        for place, (entity, currency, _) in enumerate(many)
    ]
    told = Consolidated(
        partner_ref="par_1", partner_name="Nordlicht Media", month="2026-05", entities=consolidated(rows)
    )
    pages = ConsolidatedPages(told, language="en")
    assert pages.lines == len(rows) + 4
    bound = pdf_of_pages(pages, part_lines=SMALL + 8)
    assert texts_of(bound) == texts_of(pdf_of_pages(pages))
    assert len(pypdf.PdfReader(io.BytesIO(bound)).pages) > 2


@pytest.fixture
def long_one(in_aurora: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Statement:
    """A statement of more lines than are printed while somebody waits, with the part's size lowered."""
    settings.MEDIA_ROOT = tmp_path
    deal = enrolled(in_aurora)
    for _ in range(40):
        earned(deal, 100, MAY)
    monkeypatch.setattr(printing, "PART_LINES", SMALL)
    monkeypatch.setattr(printing, "CHUNKS_AT_ONCE", 1)
    return issued("2026-05", JUNE).statements.get()


def test_a_long_statement_is_printed_step_by_step_and_says_how_far_it_is(long_one: Statement) -> None:
    with pytest.raises(BeingPrinted) as early:
        print_statement(long_one)
    assert early.value.details == {"done": 0, "total": 40}
    asked = Message.objects.filter(name="statement.parts_printed")
    assert asked.count() == 1  # asked for once, however often somebody looks
    with pytest.raises(BeingPrinted):
        print_statement(long_one)
    assert asked.count() == 1
    done = []
    while (progress := being_printed(long_one)) is not None:
        done.append(progress.done)
        go_on_printing(stored(long_one))
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 40)
    path = print_statement(long_one)
    assert path.read_bytes() == pdf_of_pages(StatementPages.of(long_one.snapshot), part_lines=SMALL)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def stored(statement: Statement) -> Statement:
    found = statement_to_print(statement.public_id)
    assert found is not None
    return found


def test_a_torn_chunk_is_printed_again(long_one: Statement) -> None:
    """A worker that died, or a file cut short: what counts is what stands there whole."""
    go_on_printing(stored(long_one))
    folder = print_folder(long_one)
    (folder / "00000.part").write_bytes(b"half")
    progress = being_printed(long_one)
    assert progress is not None
    assert progress.done == 0
    while being_printed(long_one) is not None:
        go_on_printing(stored(long_one))
    assert len(pypdf.PdfReader(print_statement(long_one)).pages) > 2


def print_folder(statement: Statement) -> Path:
    folder = printing._folder(statement)
    assert json.loads((folder / "00000.json").read_text())["lines"] > 0
    return folder


def test_lines_read_in_runs_are_those_of_the_snapshot(long_one: Statement) -> None:
    pages, held = pages_of(stored(long_one)), StatementPages.of(long_one.snapshot)
    assert (pages.lines, pages.spans, pages.identifier) == (held.lines, held.spans, held.identifier)
    assert [pages.some(*run) for run in ((0, 10), (10, 41))] == [held.some(*run) for run in ((0, 10), (10, 41))]


def test_the_head_and_any_lines_are_read_without_the_rest(long_one: Statement) -> None:
    statement, snapshot = stored(long_one), long_one.snapshot
    lines = frozen_lines(statement)
    assert head_of(statement) == snapshot | {"earnings": [], "clawbacks": []}
    assert [len(lines["earnings"]), len(lines["clawbacks"])] == [40, 0]
    assert [line for first in range(0, 40, 7) for line in lines["earnings"][first : first + 7]] == snapshot["earnings"]
    assert lines["earnings"][40:50] == lines["clawbacks"][0:10] == []
    assert statement.get_deferred_fields() == {"snapshot"}


@pytest.mark.parametrize("run", [1, 7, 5_000])
def test_the_csv_that_is_read_in_runs_is_the_snapshots_to_the_byte(
    long_one: Statement, monkeypatch: pytest.MonkeyPatch, run: int
) -> None:
    monkeypatch.setattr(queries_of_printing, "CSV_RUN", run)
    statement, whole = stored(long_one), csv_of(long_one.snapshot)
    parts = list(csv_of_statement(statement))
    assert (len(parts), "".join(parts)) == (-(-40 // run) + 1, whole)
    assert statement.get_deferred_fields() == {"snapshot"}
