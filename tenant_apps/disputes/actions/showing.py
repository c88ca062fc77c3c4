from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kernel.errors import InvalidInput
from kernel.sentences import sentence
from tenant_apps.disputes.files import MOST, Shown, keep
from tenant_apps.disputes.models import CreditDispute, Evidence

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment


def show(
    *, dispute: CreditDispute, enrollment: "Enrollment", files: Sequence[Shown], links: Sequence[str], at: datetime
) -> list[Evidence]:
    """Keep what a party shows: at most ten pieces each; the same file or link twice is one. Raises InvalidInput."""
    wished = [link.strip() for link in links if link.strip()]
    errors = [
        {"field": f"links[{place}]", "message": "must be a web address of at most 500 characters"}
        for place, link in enumerate(wished)
        if not _is_address(link)
    ]
    earlier = list(dispute.evidence.filter(enrollment=enrollment))
    known = {piece.sha256 or piece.url for piece in earlier}
    if len(known | {file.sha256 for file in files} | set(wished)) > MOST:
        errors.append({"field": "files", "message": sentence("at most %(most)s pieces of evidence", most=MOST)})
    if errors:
        raise InvalidInput(errors=errors)
    pieces: dict[str, dict[str, Any]] = {link: {"url": link} for link in wished}
    for file in files:
        keep(dispute.public_id, file)
        pieces[file.sha256] = {
            "name": file.name, "media_type": file.media_type, "size": len(file.content), "sha256": file.sha256,
        }  # fmt: skip
    return [
        Evidence.objects.create(dispute=dispute, enrollment=enrollment, added_at=at, **piece)
        for key, piece in pieces.items()
        if key not in known
    ]


def _is_address(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    fits = len(link) <= 500 and link.isprintable() and " " not in link
    return fits and parts.scheme in ("http", "https") and bool(parts.hostname)
