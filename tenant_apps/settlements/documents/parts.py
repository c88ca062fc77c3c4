"""A document of any length: printed in parts that each cost only so much, and bound as they come."""

from collections.abc import Sequence
from typing import Final, Protocol

from tenant_apps.settlements.documents.binding import OPENING, Told, bound_numbers, bound_part, ending
from tenant_apps.settlements.documents.pdf import print_page

PART_LINES: Final = 400
NUMBERS_AT_ONCE: Final = 500


class Pages(Protocol):
    """A document that prints any run of its lines, and the numbers of its pages."""

    identifier: str
    lines: int

    def whole(self) -> str: ...

    def some(self, start: int, stop: int) -> str: ...

    def numbers(self, first: int, last: int, of: int) -> str: ...


def pdf_of_pages(pages: Pages, *, part_lines: int = PART_LINES) -> bytes:
    """Print a document; equal pages give equal bytes on one machine. Raises PdfTooCostly and PdfFailed."""
    if pages.lines <= part_lines:
        return print_page(pages.whole(), identifier=pages.identifier, lines=pages.lines).pdf
    bodies, told = [], list[Told]()
    while (chunk := next_chunk(pages, told, part_lines=part_lines)) is not None:
        bodies.append(chunk[0])
        told.append(chunk[1])
    return b"".join([OPENING, *bodies, ending(told, identifier=pages.identifier)])


def next_chunk(pages: Pages, before: Sequence[Told], *, part_lines: int = PART_LINES) -> tuple[bytes, Told] | None:
    """Print what follows these chunks: the next lines, then page numbers; None when only the ending is missing.

    The last sheet of a part is not full, so its lines begin the next part: no page in the middle has a gap.
    """
    start = sum(told["lines"] for told in before)
    if start < pages.lines:
        stop = min(start + part_lines, pages.lines)
        printed = print_page(
            pages.some(start, stop), identifier=pages.identifier, lines=stop - start, is_open=stop < pages.lines
        )
        return bound_part(printed.pdf, lines=printed.lines, before=before)
    sheets = sum(len(told["sheets"]) for told in before)
    first = 1 + sum(len(told["stamps"]) for told in before)
    if first > sheets:
        return None
    last = min(first + NUMBERS_AT_ONCE - 1, sheets)
    numbers = pages.numbers(first, last, sheets)
    printed = print_page(numbers, identifier=pages.identifier, lines=last - first, has_tags=False)
    return bound_numbers(printed.pdf, before=before)
