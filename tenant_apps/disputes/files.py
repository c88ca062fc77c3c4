"""Evidence on disk: one file per hash, beneath its brand and claim; what it is, its bytes say, not its name."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.brands.entering import entered_brand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import UploadedFile

LARGEST = 5_000_000
MOST = 10
"""How many pieces of evidence a party may show in all."""
_KINDS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as it was checked: its name, its kind by its bytes, its content and hash."""

    name: str
    media_type: str
    content: bytes
    sha256: str


def checked(name: str, content: bytes, *, field: str = "files") -> Shown:
    """Return a file that may be kept: PDF, PNG, JPEG or plain text of at most 5 MB. Raises InvalidInput."""
    if not content:
        raise InvalidInput(field=field, message="is empty")
    if len(content) > LARGEST:
        raise InvalidInput(field=field, message=sentence("must have at most %(number)s MB", number=LARGEST // 1000000))
    kind = next((told for start, told in _KINDS if content.startswith(start)), None) or _as_text(content)
    if kind is None:
        raise InvalidInput(field=field, message="must be a PDF, PNG, JPEG or plain text")
    clean = "".join(char for char in Path(name.replace("\\", "/")).name if char.isprintable())[:120] or "file"
    return Shown(clean, kind, content, hashlib.sha256(content).hexdigest())


def read_files(given: "Sequence[UploadedFile[bytes]]") -> list[Shown]:
    """Return the files that a party sent, each checked; of more than may be shown one, by which they are refused.

    Never more of a file is read than shows that it is too large. Raises InvalidInput naming the file.
    """
    return [
        checked(str(each.name), each.read(LARGEST + 1), field=f"files[{place}]")
        for place, each in enumerate(given[: MOST + 1])
    ]


def keep(dispute_ref: str, shown: Shown) -> None:
    """Write a file under its hash, once; a killed worker leaves no half a file."""
    path = path_of(dispute_ref, shown.sha256)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{secrets.token_hex(6)}")
    try:
        with draft.open("xb") as file:
            file.write(shown.content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def path_of(dispute_ref: str, sha256: str) -> Path:
    """Return where a file of a claim of the entered brand lies."""
    media: Path = Path(settings.MEDIA_ROOT)
    return media / "evidence" / str(entered_brand().schema_name) / dispute_ref / sha256


def _as_text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "text/plain" if all(char.isprintable() or char in "\r\n\t" for char in text) else None
