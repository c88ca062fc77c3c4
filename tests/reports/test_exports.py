"""Rows as files: complete, exact, harmless, written once whoever is killed, gone when their time is over."""

import csv
import hashlib
import json
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.core.management import call_command

from kernel.errors import InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Delivery
from tenant_apps.commissions.models import Commission
from tenant_apps.reports.actions import advance_export, expire_exports, request_export, writing
from tenant_apps.reports.downloading import opened
from tenant_apps.reports.errors import FileNotReady
from tenant_apps.reports.files import folder_of, path_of
from tenant_apps.reports.models import Export
from tenant_apps.reports.states import ExportKind
from tenant_apps.settlements.actions import approve, close_period, issue_statement
from tests.commissions import selling
from tests.reports.sales import sold
from tests.reports.trying import simulated
from tests.settlements.books import ANNA, BEN, JUNE, MAY, earned, enrolled

Drain = Callable[[], int]
CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def asked(kind: str = "commissions", fmt: str = "csv", **filters: str) -> Export:
    return request_export(kind=kind, format=fmt, filters=filters, actor=ANNA, at=JUNE)


def fresh(export: Export) -> Export:
    return Export.objects.get(pk=export.pk)


def rows(export: Export) -> list[dict[str, str]]:
    with path_of(export).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def a_lot(brand: Brand, count: int) -> list[Commission]:
    deal = enrolled(brand)
    return [earned(deal, 100 + number, MAY) for number in range(count)]


def test_the_file_holds_every_row_exactly(in_aurora: Brand, drain: Drain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CHUNK", 4)
    lines = a_lot(in_aurora, 10)
    export = asked()
    assert (export.state, export.rows_total, export.percent) == ("queued", 10, 0)
    late = earned(enrolled(in_aurora, "Late"), 5, MAY)
    drain()
    done = fresh(export)
    assert (done.state, done.rows_done, done.step, done.percent, done.failure) == ("done", 10, 3, 100, "")
    told = rows(done)
    assert [row["id"] for row in told] == [line.public_id for line in lines]
    assert late.public_id not in {row["id"] for row in told}
    assert (told[0]["amount"], told[0]["amount_minor"], told[0]["currency"]) == ("1.00", "100", "EUR")
    assert told[0]["accrued_at"] == "2026-05-12T12:00:00+02:00"
    assert hashlib.sha256(path_of(done).read_bytes()).hexdigest() == done.sha256
    assert done.size == path_of(done).stat().st_size


def test_filters_choose_rows_and_stay_with_the_export(in_aurora: Brand, drain: Drain) -> None:
    nord, sur = enrolled(in_aurora), enrolled(in_aurora, "Sur")
    earned(nord, 100, MAY)
    wanted = earned(sur, 200, MAY)
    earned(sur, 300, JUNE)
    export = asked(partner=sur.partner_ref, until="2026-05-31", state="payable")
    drain()
    assert [row["id"] for row in rows(fresh(export))] == [wanted.public_id]
    assert export.filters == {"partner": sur.partner_ref, "until": "2026-05-31", "state": "payable"}


@pytest.mark.parametrize(
    ("kind", "fmt", "filters", "field"),
    [
        ("comissions", "csv", {}, "kind"),
        ("commissions", "pdf", {}, "format"),
        ("commissions", "csv", {"sate": "payable"}, "sate"),
        ("commissions", "csv", {"state": "payabel"}, "state"),
        ("transfers", "csv", {"partner": "par_1"}, "partner"),
        ("orders", "csv", {"since": "May"}, "since"),
    ],
)
def test_what_is_not_known_is_refused_and_nothing_is_kept(
    in_aurora: Brand, kind: str, fmt: str, filters: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked(kind, fmt, **filters)
    assert refused.value.field == field
    assert not Export.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("kind", ExportKind)
@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_each_kind_has_as_many_cells_as_columns(in_aurora: Brand, drain: Drain, kind: str, fmt: str) -> None:
    nora, _, orders = sold(drain)
    half = {"currency": "EUR", "rules": [{"id": "half", "pay": {"kind": "percent", "rate": "0.05"}}]}
    simulated(terms=half, enrollments=[nora.public_id], since=date(2026, 5, 1), until=date(2026, 5, 31), at=JUNE)
    for order in orders:
        selling.fulfill(order, order.paid_at)
    drain()
    period = close_period(label="2026-05", actor=ANNA, at=orders[0].paid_at + 60 * selling.DAY)  # type: ignore[operator]
    for settlement in period.settlements.all():
        issue_statement(settlement=approve(settlement=settlement, actor=BEN, at=JUNE), at=JUNE)
    export = asked(kind, fmt)
    drain()
    done = fresh(export)
    assert (done.state, done.failure) == ("done", "")
    assert done.rows_done > 0
    if fmt == "csv":
        with path_of(done).open(encoding="utf-8-sig", newline="") as file:
            header, *body = csv.reader(file)
        assert body
        assert {len(row) for row in body} == {len(header)}
        assert not any(cell == "None" for row in body for cell in row)
    else:
        assert sheet_of(done)


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_text_is_never_a_formula(in_aurora: Brand, drain: Drain, fmt: str) -> None:
    for number, name in enumerate(("=1+1", "+cmd", "-2", "@sum", "\t=1", "＝1")):
        deal = enrolled(in_aurora, f"Harmless {number}")
        deal.partner_name = name
        deal.save(update_fields=["partner_name"])
        earned(deal, 700, MAY)
    export = asked(fmt=fmt)
    drain()
    if fmt == "csv":
        assert all(row["partner_name"].startswith("'") for row in rows(fresh(export)))
    else:
        assert b"<f>" not in sheet_of(fresh(export))


def test_a_spreadsheet_keeps_amounts_exact(in_aurora: Brand, drain: Drain) -> None:
    great = 10**15 + 1
    deal = enrolled(in_aurora)
    for amount in (-1, great):
        earned(deal, 700, MAY, kind="adjustment", amount_minor=amount)
    export = asked(fmt="xlsx")
    drain()
    header, *body = cells_of(fresh(export))
    named = [{header[column]: text for column, text in row.items()} for row in body]
    assert [(row["amount"], row["amount_minor"]) for row in named] == [
        ("-0.01", "-1"),
        (f"{great // 100}.01", str(great)),
    ]


def cells_of(export: Export) -> list[dict[str, str]]:
    """Return the texts of a spreadsheet's rows by the letters of their column."""
    rows = ElementTree.fromstring(sheet_of(export)).iter(f"{CELLS}row")
    return [
        {
            str(cell.get("r")).rstrip("0123456789"): text.text or ""
            for cell in row
            for text in cell.iter()
            if text.tag in (f"{CELLS}t", f"{CELLS}v")
        }
        for row in rows
    ]


def sheet_of(export: Export) -> bytes:
    with ZipFile(path_of(export)) as book:
        return book.read("xl/worksheets/sheet1.xml")


def test_a_repeated_or_late_step_writes_nothing(in_aurora: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CHUNK", 2)
    a_lot(in_aurora, 3)
    ref = asked().public_id
    first = advance_export(export_ref=ref, step=0, at=JUNE)
    assert first is not None
    assert (first.step, first.rows_done) == (1, 2)
    assert advance_export(export_ref=ref, step=0, at=JUNE) is None
    assert advance_export(export_ref=ref, step=2, at=JUNE) is None
    again = Export.objects.get()
    assert (again.step, again.rows_done, again.state) == (1, 2, "running")


def test_rows_of_a_broken_step_are_not_counted_twice(
    in_aurora: Brand, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies after the chunk is on disk and before it is committed: the step is written again."""
    monkeypatch.setattr(writing, "CHUNK", 2)
    a_lot(in_aurora, 3)
    export = asked()
    writing._write_next(Export.objects.get(), writing.SHEETS[ExportKind.COMMISSIONS])
    Export.objects.update(step=0, after_key=0, rows_done=0)
    drain()
    assert len(rows(fresh(export))) == 3


def test_a_full_disk_ends_the_export_with_its_reason(in_aurora: Brand, drain: Drain, media: Path) -> None:
    a_lot(in_aurora, 1)
    (media / "exports").write_text("a file stands where the folder should be")
    export = asked()
    drain()
    failed = fresh(export)
    assert failed.state == "failed"
    assert "could not be written" in failed.failure
    with pytest.raises(FileNotReady):
        opened(failed, actor=ANNA, at=JUNE)
    assert AuditEvent.objects.filter(verb="export.downloaded").count() == 0


def test_an_export_of_nothing_has_its_header(in_aurora: Brand, drain: Drain) -> None:
    export = asked("transfers")
    drain()
    done = fresh(export)
    assert (done.state, done.rows_done, done.percent) == ("done", 0, 100)
    assert path_of(done).read_text("utf-8-sig").startswith("entry,position,cause")


def test_the_file_goes_when_its_time_is_over(
    in_aurora: Brand, drain: Drain, django_capture_on_commit_callbacks: Any
) -> None:
    export = asked("transfers")
    drain()
    done = fresh(export)
    assert done.expires_at is not None
    assert expire_exports(at=done.expires_at - timedelta(seconds=1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert expire_exports(at=done.expires_at) == 1
    assert not folder_of(done).exists()
    gone = fresh(export)
    assert (gone.state, gone.sha256) == ("expired", done.sha256)
    with pytest.raises(FileNotReady):
        opened(gone, actor=ANNA, at=JUNE)


def test_taking_a_file_is_kept_on_record(in_aurora: Brand, drain: Drain) -> None:
    export = asked("transfers")
    drain()
    answer = opened(fresh(export), actor=ANNA, at=JUNE)
    assert b"".join(answer.streaming_content).startswith(b"\xef\xbb\xbfentry")  # type: ignore[arg-type]
    assert answer["Cache-Control"] == "private, no-store"
    taken = AuditEvent.objects.get(verb="export.downloaded")
    assert (taken.actor_label, taken.subject_id) == ("Anna", export.public_id)


def test_the_command_writes_a_file_and_says_where(aurora: Brand, capsys: Any) -> None:
    with brand_entered(aurora):
        a_lot(aurora, 2)
    call_command("reports", "export", "commissions", "--brand", "aurora.localhost", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["rows"]) == ("done", 2)
    assert hashlib.sha256(Path(told["path"]).read_bytes()).hexdigest() == told["sha256"]


@pytest.mark.parametrize(
    ("words", "field"),
    [(["lines"], "kind"), (["orders", "--format", "pdf"], "format"), (["orders", "--since", "May"], "since")],
)
def test_the_command_names_what_it_refuses(aurora: Brand, capsys: Any, words: list[str], field: str) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("reports", "export", *words, "--brand", "aurora.localhost", "--json")
    assert ended.value.code == 2
    told = json.loads(capsys.readouterr().err)
    assert [error["field"] for error in told["details"]["errors"]] == [field]


def peak_of_an_export_of(count: int, deal: Any) -> int:
    """Return the most memory that writing one chunk of so many rows took, in bytes."""
    Commission.objects.bulk_create(
        Commission(
            enrollment=deal, partner_ref=deal.partner_ref, order_ref=f"ord_{count}", line_ref=f"lin_{count}_{number}",
            attribution_ref=f"att_{count}", base_minor=1_000, amount_minor=100, currency="EUR", accrued_at=MAY,
            matures_at=MAY, explanation=[{"code": "by_hand", "facts": {"said": "y" * 400}}] * 5,
        )
        for number in range(count)
    )  # fmt: skip
    export = asked()
    tracemalloc.start()
    advance_export(export_ref=export.public_id, step=0, at=JUNE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fresh(export).rows_done >= count
    return peak


def test_memory_does_not_grow_with_the_rows(in_aurora: Brand) -> None:
    """The rows come through a cursor of the server: what is held is one fetch of it, and the keys."""
    deal = enrolled(in_aurora)
    peak_of_an_export_of(50, deal)
    few = peak_of_an_export_of(600, deal)
    assert peak_of_an_export_of(3_000, deal) < 2 * few
