"""Joining printed parts into one PDF as they come: each is read, numbered on and forgotten before the next.

A bound document is its opening, its chunks in order, and its ending. A chunk holds the objects of a part under numbers
that follow those of the chunk before; what is told of the chunks is enough to write the ending, so the whole is never
in memory. The same parts give the same bytes. Sections in comments are of ISO 32000-1.
"""

import io
import zlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final, TypedDict

from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

OPENING: Final = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
_CATALOG, _PAGES, _TREE, _DOCUMENT, _PARENTS, _INFO, _STAMP, _FIRST = range(1, 9)
# It stands before what is on the page, which turns the coordinates over; a page's number is no content (14.8.2.2).
_STAMPED: Final = b"/Artifact BMC q /Number Do Q EMC"


class Told(TypedDict):
    """What is known of a chunk when the ending is written.

    `packed` objects from number `first` on stand in one compressed stream; the objects after them stand at `offsets`,
    the last of which is that stream. A part then keeps a number free for the page number of each of its `sheets`; the
    `stamps` of a chunk of page numbers are where those stand that it brings.
    """

    lines: int
    first: int
    packed: int
    offsets: list[int]
    size: int
    sheets: list[int]
    stamps: list[int]
    outlines: int
    document: int
    parents: int
    said: dict[str, str]


def bound_part(pdf: bytes, *, lines: int, before: Sequence[Told]) -> tuple[bytes, Told]:
    """Return a part's objects for the place after these chunks, and what is told of them."""
    reader = PdfReader(io.BytesIO(pdf))
    top, pages = _top(reader), _pages(reader)
    tree, sheets = top["/StructTreeRoot"], [page.indirect_reference.idnum for page in pages]
    document, parents = tree["/K"][0].indirect_reference.idnum, tree.raw_get("/ParentTree").idnum
    left = {"/Root": reader.trailer.raw_get("/Root"), "/Info": reader.trailer.raw_get("/Info")}
    places = {top.raw_get("/Pages").idnum: _PAGES, top.raw_get("/StructTreeRoot").idnum: _TREE}
    packed, loose = _numbers(reader, {each.idnum for each in left.values()} | set(places))
    first = next_number(before)
    places |= {number: first + place for place, number in enumerate([*packed, *loose])}
    stamp = first + len(packed) + len(loose) + 1
    pages_before = sum(len(told["sheets"]) for told in before)
    objects = {number: _moved(_object(reader, number), places, f"{len(before)}-") for number in [*packed, *loose]}
    for place, number in enumerate(sheets):
        _stamp(objects[number], _object(reader, number), places, stamp + place, pages_before + place)
    objects[document] |= {NameObject("/S"): NameObject("/Part"), NameObject("/P"): _ref(_DOCUMENT)}
    _shift(objects[parents], pages_before)
    body, offsets = _chunk([objects[n] for n in packed], [objects[n] for n in loose], first)
    outlines = places.get(top.raw_get("/Outlines").idnum, 0) if "/Outlines" in top else 0
    return body, {
        "lines": lines, "first": first, "packed": len(packed), "offsets": offsets, "size": len(body), "stamps": [],
        "sheets": [places[number] for number in sheets], "outlines": outlines, "document": places[document],
        "parents": places[parents], "said": _said(reader) if not before else {},
    }  # fmt: skip


def bound_numbers(pdf: bytes, *, before: Sequence[Told]) -> tuple[bytes, Told]:
    """Return printed page numbers, a sheet for each of the next pages, as what those pages are stamped with."""
    reader = PdfReader(io.BytesIO(pdf))
    top, pages = _top(reader), _pages(reader)
    contents = {page.raw_get("/Contents").idnum for page in pages}
    left = {reader.trailer.raw_get("/Root").idnum, reader.trailer.raw_get("/Info").idnum, top.raw_get("/Pages").idnum}
    packed, loose = _numbers(reader, left | contents | {page.indirect_reference.idnum for page in pages})
    first = next_number(before)
    places = {number: first + place for place, number in enumerate([*packed, *loose])}
    moved = {number: _moved(_object(reader, number), places, "") for number in places}
    body, offsets = _chunk([moved[n] for n in packed], [moved[n] for n in loose], first)
    stamps = []
    for number, page in zip(_unstamped(before), pages, strict=False):
        stamps.append(len(body))
        body += _written(number, _form(page, places))
    return body, {
        "lines": 0, "first": first, "packed": len(packed), "offsets": offsets, "size": len(body), "stamps": stamps,
        "sheets": [], "outlines": 0, "document": 0, "parents": 0, "said": {},
    }  # fmt: skip


def ending(chunks: Sequence[Told], *, identifier: str) -> bytes:
    """Return what stands after the chunks: the catalog, the pages, the tree of their structure, and where all is."""
    parts = [told for told in chunks if told["sheets"]]
    sheets = list(chain.from_iterable(told["sheets"] for told in parts))
    said = parts[0]["said"]
    outlines = f"/Outlines {parts[0]['outlines']} 0 R" if parts[0]["outlines"] else ""
    objects = {
        _CATALOG: f"<</Type /Catalog /Pages {_PAGES} 0 R /StructTreeRoot {_TREE} 0 R {outlines} {said['catalog']}>>",
        _PAGES: f"<</Type /Pages /Count {len(sheets)} /Kids [{_refs(sheets)}]>>",
        _TREE: f"<</Type /StructTreeRoot /K [{_DOCUMENT} 0 R] /ParentTree {_PARENTS} 0 R"
        f" /ParentTreeNextKey {len(sheets)}>>",
        _DOCUMENT: f"<</Type /StructElem /S /Document /P {_TREE} 0 R /K [{_refs(t['document'] for t in parts)}]>>",
        _PARENTS: f"<</Kids [{_refs(told['parents'] for told in parts)}]>>",
        _INFO: said["info"],
        _STAMP: f"<</Length {len(_STAMPED)}>>\nstream\n{_STAMPED.decode()}\nendstream",
    }
    at, body, own = len(OPENING) + sum(told["size"] for told in chunks), b"", []
    for number, text in objects.items():
        own.append(at + len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    own.append(at + len(body))
    return body + _where(chunks, own, identifier) + f"\nstartxref\n{own[-1]}\n%%EOF\n".encode()


def next_number(chunks: Sequence[Told]) -> int:
    """Return the first number that no object of these chunks has."""
    if not chunks:
        return _FIRST
    last = chunks[-1]
    return last["first"] + last["packed"] + len(last["offsets"]) + len(last["sheets"])


def _numbers(reader: PdfReader, left: set[int]) -> tuple[list[int], list[int]]:
    """Return the numbers of what is copied: plain objects, then streams, which cannot be packed."""
    loose = set(reader.xref.get(0, {})) - left
    streams = sorted(n for n in loose if _object(reader, n).get("/Type") not in ("/ObjStm", "/XRef"))
    return sorted(set(reader.xref_objStm) - left), streams


def _top(reader: PdfReader) -> Any:
    return reader.trailer["/Root"]


def _pages(reader: PdfReader) -> list[Any]:
    return list(reader.pages)


def _object(reader: PdfReader, number: int) -> Any:
    return reader.get_object(IndirectObject(number, 0, reader))


def _moved(item: Any, places: dict[int, int], prefix: str) -> Any:
    """Return a copy that points at its objects' new places; the names of header cells stay unlike other parts'."""
    if isinstance(item, IndirectObject):
        return _ref(places[item.idnum])
    if isinstance(item, ArrayObject):
        return ArrayObject([_moved(each, places, prefix) for each in list.__iter__(item)])
    if not isinstance(item, DictionaryObject):
        return item
    copy: Any = _empty_like(item)
    for name, value in dict.items(item):
        copy[NameObject(name)] = _moved(value, places, prefix)
    if "/ID" in copy:
        copy[NameObject("/ID")] = TextStringObject(prefix + copy["/ID"])
    if "/Headers" in copy:
        copy[NameObject("/Headers")] = ArrayObject([TextStringObject(prefix + each) for each in copy["/Headers"]])
    return copy


def _empty_like(item: DictionaryObject) -> DictionaryObject:
    if not isinstance(item, StreamObject):
        return DictionaryObject()
    stream = StreamObject()
    stream._data = item._data  # as it was compressed
    return stream


def _stamp(page: DictionaryObject, before: Any, places: dict[int, int], stamp: int, place: int) -> None:
    """Let a page bear its number and know its place among all pages."""
    resources = _moved(before["/Resources"], places, "")
    forms = DictionaryObject(resources.get("/XObject", {}))
    forms[NameObject("/Number")] = _ref(stamp)
    resources[NameObject("/XObject")] = forms
    page[NameObject("/Resources")] = resources
    page[NameObject("/Contents")] = ArrayObject([_ref(_STAMP), page.raw_get("/Contents")])
    page[NameObject("/StructParents")] = NumberObject(place)


def _shift(parents: Any, pages_before: int) -> None:
    """Make a part's list of marked content a leaf of the tree of all pages (7.9.7)."""
    numbered = parents["/Nums"]
    keys = range(pages_before, pages_before + len(numbered) // 2)
    for place, key in enumerate(keys):
        numbered[2 * place] = NumberObject(key)
    parents[NameObject("/Limits")] = ArrayObject([NumberObject(keys[0]), NumberObject(keys[-1])])


def _form(page: Any, places: dict[int, int]) -> StreamObject:
    """Return what is drawn on a page as a form that other pages can draw (8.10)."""
    form = StreamObject()
    form._data = zlib.compress(page.get_contents().get_data())
    form |= {
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form"),
        NameObject("/BBox"): page["/MediaBox"], NameObject("/Filter"): NameObject("/FlateDecode"),
        NameObject("/Resources"): _moved(page.raw_get("/Resources"), places, ""),
    }  # fmt: skip
    return form


def _unstamped(chunks: Sequence[Told]) -> list[int]:
    """Return the numbers kept free for the page numbers that are still to come."""
    kept = chain.from_iterable(_kept(told) for told in chunks)
    return list(kept)[sum(len(told["stamps"]) for told in chunks) :]


def _kept(told: Told) -> range:
    first = told["first"] + told["packed"] + len(told["offsets"])
    return range(first, first + len(told["sheets"]))


def _chunk(packed: list[Any], loose: list[Any], first: int) -> tuple[bytes, list[int]]:
    """Return streams one after the other and last one stream of all plain objects (7.5.7), and where each is."""
    body, offsets = b"", []
    for number, item in enumerate(loose, start=first + len(packed)):
        offsets.append(len(body))
        body += _written(number, item)
    texts = [_text(item) for item in packed]
    heads, at = [], 0
    for number, text in enumerate(texts, start=first):
        heads.append(f"{number} {at}")
        at += len(text) + 1
    head = " ".join(heads).encode() + b"\n"
    data = zlib.compress(head + b"\n".join(texts))
    told = f"<</Type /ObjStm /N {len(packed)} /First {len(head)} /Filter /FlateDecode /Length {len(data)}>>"
    offsets.append(len(body))
    number = first + len(packed) + len(loose)
    return body + f"{number} 0 obj\n{told}\nstream\n".encode() + data + b"\nendstream\nendobj\n", offsets


def _where(chunks: Sequence[Told], own: list[int], identifier: str) -> bytes:
    """Return the table that says where every object is (7.5.8): in eight bytes each, for there may be a million."""
    count = next_number(chunks) + 1
    table = bytearray(8 * count)

    def say(number: int, offset: int) -> None:
        table[8 * number : 8 * number + 8] = b"\x01" + offset.to_bytes(5) + b"\0\0"

    for number, offset in zip([*range(_CATALOG, _FIRST), count - 1], own, strict=True):
        say(number, offset)
    at, kept = len(OPENING), chain.from_iterable(_kept(told) for told in chunks)
    for told in chunks:
        loose = told["first"] + told["packed"]
        pack = b"\x02" + (loose + len(told["offsets"]) - 1).to_bytes(5)
        packed = b"".join(pack + place.to_bytes(2) for place in range(told["packed"]))
        table[8 * told["first"] : 8 * loose] = packed
        for number, offset in enumerate(told["offsets"], start=loose):
            say(number, at + offset)
        for offset in told["stamps"]:
            say(next(kept), at + offset)
        at += told["size"]
    data, name = zlib.compress(bytes(table)), identifier.encode().hex()
    head = (
        f"{count - 1} 0 obj\n<</Type /XRef /Size {count} /W [1 5 2] /Root {_CATALOG} 0 R /Info {_INFO} 0 R"
        f" /ID [<{name}> <{name}>] /Filter /FlateDecode /Length {len(data)}>>"
    )
    return f"{head}\nstream\n".encode() + data + b"\nendstream\nendobj"


def _said(reader: PdfReader) -> dict[str, str]:
    """Return what the catalog and the information of all say, as the first part says it."""
    top, names = _top(reader), ("/Lang", "/ViewerPreferences", "/MarkInfo")
    catalog = b" ".join(f"{name} ".encode() + _text(top[name]) for name in names if name in top)
    return {"catalog": catalog.decode("latin-1"), "info": _text(reader.trailer["/Info"]).decode("latin-1")}


def _written(number: int, item: Any) -> bytes:
    return f"{number} 0 obj\n".encode() + _text(item) + b"\nendobj\n"


def _text(item: Any) -> bytes:
    out = io.BytesIO()
    item.write_to_stream(out)
    return out.getvalue()


def _ref(number: int) -> IndirectObject:
    return IndirectObject(number, 0, None)


def _refs(numbers: Iterable[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)
