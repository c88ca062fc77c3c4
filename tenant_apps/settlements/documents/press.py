"""The rendering child: run as a script, alone, by `pdf.py`. Imports nothing of ours and knows no secret.

Reads jobs from standard input (8 bytes of length, then JSON) and answers each with a status
(P: a PDF, M: out of memory, F: failed), a length and the bytes. Ends with its parent: a closed pipe.
"""

import gc
import io
import json
import logging
import resource
import sys
from functools import cache, lru_cache
from typing import Any

LIMIT = int(sys.argv[1])


def main() -> None:
    """Limit ourselves, then render until the parent hangs up."""
    # Data, not address space: fonts are mapped, not held. A core file of a document is nobody's business.
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(8)) == 8:
        status, body = answer(source.read(int.from_bytes(head)))
        sink.write(status + len(body).to_bytes(8) + body)
        sink.flush()


def answer(job: bytes) -> tuple[bytes, bytes]:
    """Render one job; any failure is an answer, so that the parent can say why."""
    try:
        return b"P", render(**json.loads(job))
    except MemoryError:
        return b"M", b""
    except Exception as failure:  # noqa: BLE001  (whatever the renderer dislikes)
        return b"F", f"{type(failure).__name__}: {failure}".encode()


def render(html: str, identifier: str) -> bytes:
    """Return the PDF of a page that may open `data:` addresses and nothing else."""
    from weasyprint import HTML  # noqa: PLC0415  (needs Pango: its absence is an answer, too)

    head, style, body = _parts(html)
    out = io.BytesIO()
    # A document is a million small objects that all live until it is done: collecting meanwhile finds nothing.
    gc.disable()
    gc.freeze()  # the renderer itself is never looked through again
    try:
        HTML(string=head + body, base_url=None, url_fetcher=_fetcher()).write_pdf(
            out, stylesheets=[_sheet(style)], pdf_identifier=identifier.encode(), pdf_tags=True, pdf_version="1.7"
        )
    finally:
        gc.enable()
        gc.collect()
    return out.getvalue()


def _parts(html: str) -> tuple[str, str, str]:
    head, _, rest = html.partition("<style>")
    style, _, body = rest.partition("</style>")
    return head, style, body


@lru_cache(maxsize=32)
def _sheet(style: str) -> Any:
    """Return a parsed style sheet: a brand's statements of one month share a few, and parsing is a sixth of a page."""
    from weasyprint import CSS  # noqa: PLC0415

    return CSS(string=style, url_fetcher=_fetcher())


@cache
def _fetcher() -> Any:
    """Return the one fetcher: each would load the system's certificates anew, though none may be needed."""
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    return URLFetcher(allowed_protocols={"data"}, allow_redirects=False)


if __name__ == "__main__":
    main()
