"""The rendering child: run as a script, alone, by `pdf.py`. Imports nothing of ours and knows no secret.

Reads jobs from standard input (8 bytes of length, then JSON) and answers each with a status
(P: a PDF, M: out of memory, F: failed), a length and the bytes. Ends with its parent: a closed pipe.
"""

import io
import json
import logging
import resource
import sys

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
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    out = io.BytesIO()
    HTML(string=html, base_url=None, url_fetcher=fetcher).write_pdf(
        out, pdf_identifier=identifier.encode(), pdf_tags=True, pdf_version="1.7"
    )
    return out.getvalue()


if __name__ == "__main__":
    main()
