"""The rendering child: run as a script, alone, by `pdf.py`. Imports nothing of ours and knows no secret.

Reads jobs from standard input (8 bytes of length, then JSON) and answers each with a status
(P: a PDF after 4 bytes that say how many lines it holds, M: out of memory, F: failed), a length and the
bytes. Ends with its parent: a closed pipe.
"""

import gc
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


def render(html: str, identifier: str, is_open: bool = False, has_tags: bool = True) -> bytes:
    """Return the count of the lines on a page's sheets and their PDF; it may open `data:` addresses, nothing else.

    Of an open one more lines follow elsewhere: its last sheet, not full, is left to them.
    """
    from weasyprint import HTML  # noqa: PLC0415  (needs Pango: its absence is an answer, too)

    head, style, body = _parts(html)
    # A document is a million small objects that all live until it is done: collecting meanwhile finds nothing.
    gc.disable()
    gc.freeze()  # the renderer itself is never looked through again
    try:
        markup = HTML(string=head + body, base_url=None, url_fetcher=_fetcher())
        laid_out = markup.render(font_config=_fonts(), stylesheets=[_sheet(style)])
        sheets = [_lines_on(page) for page in laid_out.pages]
        kept = _full(sheets) if is_open else len(sheets)
        pdf = laid_out.copy(laid_out.pages[:kept]).write_pdf(pdf_tags=has_tags, pdf_version="1.7")
        lines = len(set().union(*sheets[:kept]))
        del markup, laid_out
    finally:
        gc.enable()
        gc.collect()
    return lines.to_bytes(4) + _identified(pdf, identifier)


def _lines_on(page: Any) -> set[str]:
    """Return which lines of the document stand on a sheet, as their markup numbers them."""
    return {
        box.element.get("data-line")
        for box in page._page_box.descendants()
        if box.element_tag == "tr" and box.element.get("data-line")
    }


def _full(sheets: list[set[str]]) -> int:
    """Return how many sheets are full: all but the last, unless a line would be torn there or nothing be left."""
    if len(sheets) == 1 or not sheets[-1] or sheets[-1] & set().union(*sheets[:-1]):
        return len(sheets)
    return len(sheets) - 1


def _identified(pdf: bytes, identifier: str) -> bytes:
    """Return the PDF with its identifier in the table of its objects, which stands last and so moves nothing.

    The renderer would write every object a second time only to hash them all.
    """
    before, mark, after = pdf.rpartition(b"/Type /XRef")
    told = identifier.encode().hex().encode()
    return before + mark + b"/ID [<" + told + b"><" + told + b">]" + after


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
def _fonts() -> Any:
    """Return the one set of fonts: each would open and measure them anew, a fifth of a page."""
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()


@cache
def _fetcher() -> Any:
    """Return the one fetcher: each would load the system's certificates anew, though none may be needed."""
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    return URLFetcher(allowed_protocols={"data"}, allow_redirects=False)


if __name__ == "__main__":
    main()
