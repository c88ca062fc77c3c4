"""What a statement costs as PDF: `pdf_of` through its rendering child, against WeasyPrint alone on the same markup.

*Bare* renders in this process, with the child's fonts and options and no limits. Every document is another
one, of one page. *Two* asks from two threads at once; *reopened* reads the file of a statement printed before.
"""

import io
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from django.test import override_settings
from weasyprint import HTML
from weasyprint.urls import URLFetcher

from shared_apps.brands.entering import brand_entered
from tenant_apps.settlements import documents
from tenant_apps.settlements.documents import Snapshot, html_of, pdf_of, sha256_of
from tenant_apps.settlements.documents.pdf import Press
from tenant_apps.settlements.models import Statement
from tenant_apps.settlements.printing import print_statement
from tests.bench import brands, databases
from tests.bench.processes import Meter
from tests.bench.runner import Place
from tests.bench.samples import Limit, Ratio, Sample
from tests.settlements.sample import sample

LINES = 3  # what fits on one page
ISSUED_AT = datetime(2026, 6, 2, tzinfo=UTC)
FONTS = Path(documents.__file__).with_name("fonts") / "fonts.conf"


def scenario() -> "StatementPdf":
    """Return the scenario for the runner."""
    return StatementPdf()


class StatementPdf:
    """Sides `bare`, `ours`, `two`, `reopened`: 20 documents a round (smoke: 2)."""

    name = "statement_pdf"
    unit = "documents"
    ratios = (
        Ratio("CPU against WeasyPrint alone", "cpu", "ours", "bare"),
        Ratio("time against WeasyPrint alone", "seconds", "ours", "bare"),
        Ratio("two at once against one", "rate", "two", "ours", at_least=1.8),
        Ratio("CPU of two at once against one", "cpu", "two", "ours"),
    )
    limits = (
        Limit("CPU of a page", "ours", 0.110, metric="cpu"),
        Limit("reopened", "reopened", 0.020),
    )

    def setup(self, place: Place) -> None:
        """Make the documents, start both children, print the file that is reopened."""
        self.place, self.stack = place, ExitStack()
        # Fontconfig reads it at the first use in this process: bare then sees the fonts that the child sees.
        os.environ["FONTCONFIG_FILE"] = str(FONTS)
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="tributary-bench-"))
        self.stack.enter_context(override_settings(MEDIA_ROOT=folder))
        self.brand = brands.alone(place, "statement")
        count = place.sized(smoke=2, full=20)
        self.snapshots = [sample(lines=LINES, number=f"ST-2026-{number:06}") for number in range(1, count + 1)]
        self.pages: dict[str, bytes] = {}
        self.pool = self.stack.enter_context(ThreadPoolExecutor(2))
        list(self.pool.map(pdf_of, self.snapshots[:2]))
        _weasyprint(self.snapshots[0])
        self.statement = Statement(
            snapshot=self.snapshots[0], sha256=sha256_of(self.snapshots[0]), number="bench", issued_at=ISSUED_AT
        )
        with brand_entered(self.brand):
            print_statement(self.statement)

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        return {
            "bare": lambda: self._measured(lambda: [self._timed(_weasyprint, each) for each in self.snapshots]),
            "ours": lambda: self._measured(lambda: [self._timed(pdf_of, each) for each in self.snapshots]),
            "two": lambda: self._measured(self._two),
            "reopened": lambda: self._measured(lambda: [self._timed(self._reopen, s) for s in self.snapshots[:1] * 20]),
        }

    def verify(self) -> list[str]:
        """A new child prints the same bytes, and each document is one page; `_timed` compared all the others."""
        wrong = []
        for snapshot in self.snapshots[:2]:
            press = Press()
            try:
                again = press.render(html_of(snapshot), identifier=sha256_of(snapshot), seconds=30).pdf
            finally:
                press.kill()
            if _anonymous(again) != self.pages.get(sha256_of(snapshot)):
                wrong.append(f"a new child prints {snapshot['number']} otherwise")
            pages = len(HTML(string=html_of(snapshot), base_url=None).render().pages)
            if pages != 1:
                wrong.append(f"{snapshot['number']} has {pages} pages, so the figures are not of a page")
        if len({bytes(page) for page in self.pages.values()}) != len(self.snapshots):
            wrong.append("two documents are the same")
        if not all(re.match(rb"%PDF-1\.\d", page) for page in self.pages.values()):
            wrong.append("something else than a PDF was answered")
        return wrong

    def close(self) -> None:
        """Remove the files."""
        os.environ.pop("FONTCONFIG_FILE", None)
        self.stack.close()
        databases.use(self.place.database)

    def _two(self) -> list[float]:
        return list(self.pool.map(lambda each: self._timed(pdf_of, each), self.snapshots))

    def _reopen(self, _snapshot: Snapshot) -> bytes:
        return print_statement(self.statement).read_bytes()

    def _timed(self, render: Callable[[Snapshot], bytes], snapshot: Snapshot) -> float:
        began = time.perf_counter()
        pdf = render(snapshot)
        took = time.perf_counter() - began
        # Whoever prints a document first, WeasyPrint alone or a child of ours: all others must give those bytes.
        if self.pages.setdefault(sha256_of(snapshot), _anonymous(pdf)) != _anonymous(pdf):
            self.differing.append(f"{snapshot['number']} was printed otherwise before")
        return took

    def _measured(self, work: Callable[[], list[float]]) -> Sample:
        self.differing: list[str] = []
        with brand_entered(self.brand), Meter(os.getpid(), self.place.owner, self.place.database) as meter:
            began = time.perf_counter()
            taken = work()
            seconds = time.perf_counter() - began
        return Sample(
            operations=len(taken), seconds=seconds, latencies=taken, wrong=self.differing[:3],
            **meter.figures(len(taken)),
        )  # fmt: skip


def _anonymous(pdf: bytes) -> bytes:
    """Return a PDF without the identifier that ours has and WeasyPrint alone was not asked for."""
    return re.sub(rb"/ID \[<[0-9a-f]*><[0-9a-f]*>\]", b"", pdf)


def _weasyprint(snapshot: Snapshot) -> bytes:
    out = io.BytesIO()
    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    HTML(string=html_of(snapshot), base_url=None, url_fetcher=fetcher).write_pdf(out, pdf_tags=True, pdf_version="1.7")
    return out.getvalue()
