"""Pages as PDF, rendered by a child process that may cost only so much."""

import atexit
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from kernel.errors import DomainError

START_SECONDS: Final = 20.0
DOCUMENT_SECONDS: Final = 10.0
PAGE_SECONDS: Final = 1.0
LINES_PER_PAGE: Final = 20
MEMORY_BYTES: Final = 512 * 1024 * 1024
DOCUMENTS_PER_CHILD: Final = 200
_CHILD: Final = Path(__file__).with_name("press.py")
_FONTS: Final = Path(__file__).with_name("fonts") / "fonts.conf"

_KEPT: Final = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")


class PdfFailed(DomainError):
    """The renderer refused or is not installed; the page and the CSV say the same."""

    code, status = "pdf_failed", 503


class PdfTooCostly(PdfFailed):
    """The document took more time or memory than one document may."""

    code, status = "pdf_too_costly", 503


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF, and how many lines of an unfinished document stand on its sheets."""

    pdf: bytes
    lines: int


def print_page(html: str, *, identifier: str, lines: int, is_open: bool = False, has_tags: bool = True) -> Printed:
    """Print one self-contained page of so many lines; equal pages give equal bytes on one machine.

    A child process renders, with `data:` as the only address it may open, at most 512 MB and
    10 seconds plus one per page; beyond that it is killed. Children are kept for the next document,
    for starting one costs more than a page. Of an open page the last sheet, which is not full, is left to
    the lines that follow. Raises PdfTooCostly and PdfFailed.
    """
    seconds = DOCUMENT_SECONDS + PAGE_SECONDS * (1 + lines // LINES_PER_PAGE)
    press = _idle.take()
    try:
        printed = press.render(html, identifier=identifier, seconds=seconds, is_open=is_open, has_tags=has_tags)
    except BaseException:
        press.kill()
        raise
    _idle.give_back(press)
    return printed


class Press:
    """One rendering child. It reads a length and a JSON job, answers a status, a length and bytes."""

    def __init__(self) -> None:
        # Isolated, and without our environment: the child knows no secret and imports nothing of ours.
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", str(_CHILD), str(MEMORY_BYTES)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/",
            env=kept | {"FONTCONFIG_FILE": str(_FONTS)},
        )  # fmt: skip
        self.printed = 0

    def render(
        self, html: str, *, identifier: str, seconds: float, is_open: bool = False, has_tags: bool = True
    ) -> Printed:
        """Render one page of markup; kill the child when it takes longer than `seconds`."""
        job = {"html": html, "identifier": identifier, "is_open": is_open, "has_tags": has_tags}
        late = threading.Event()
        timer = threading.Timer(seconds + (0 if self.printed else START_SECONDS), self._stop, [late])
        timer.start()
        try:
            status, body = self._ask(json.dumps(job).encode())
        except (BrokenPipeError, EOFError) as gone:
            reason = f"took longer than {seconds:.0f} seconds" if late.is_set() else "needed more memory than it may"
            raise PdfTooCostly(f"The PDF {reason}.") from gone
        finally:
            timer.cancel()
        self.printed += 1
        if status == b"M":
            raise PdfTooCostly(f"The PDF needed more than {MEMORY_BYTES // 1024 // 1024} MB.")
        if status != b"P":
            raise PdfFailed(f"The PDF could not be rendered: {body.decode(errors='replace')[:300]}")
        return Printed(body[4:], int.from_bytes(body[:4]))

    def kill(self) -> None:
        """End the child at once, whatever it does."""
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def _stop(self, late: threading.Event) -> None:
        late.set()
        self.child.kill()

    def _ask(self, job: bytes) -> tuple[bytes, bytes]:
        out, answer = self.child.stdin, self.child.stdout
        assert out is not None and answer is not None  # noqa: S101, PT018  (both are pipes of ours)
        out.write(len(job).to_bytes(8) + job)
        out.flush()
        head = _exactly(answer, 9)
        return head[:1], _exactly(answer, int.from_bytes(head[1:]))


class _Idle:
    """Children that wait for their next document; at most as many as ever worked side by side."""

    def __init__(self) -> None:
        self.lock, self.presses = threading.Lock(), list[Press]()

    def take(self) -> Press:
        with self.lock:
            while self.presses:
                press = self.presses.pop()
                if press.child.poll() is None:
                    return press
                press.kill()
        return Press()

    def give_back(self, press: Press) -> None:
        if press.printed >= DOCUMENTS_PER_CHILD:
            press.kill()
            return
        with self.lock:
            self.presses.append(press)

    def end(self) -> None:
        with self.lock:
            while self.presses:
                self.presses.pop().kill()


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


_idle = _Idle()
atexit.register(_idle.end)
