"""A document as a page: the same markup for the screen and for the printer."""

import base64
import hashlib

from django.template.loader import render_to_string
from django.utils.translation import override

from tenant_apps.settlements.documents.context import head_context
from tenant_apps.settlements.documents.credit_note import credit_note_context
from tenant_apps.settlements.documents.looks import style_of
from tenant_apps.settlements.documents.pages import StatementPages
from tenant_apps.settlements.documents.shape import Document, sha256_of
from tenant_apps.settlements.documents.wording import Wording


def html_of(snapshot: Document) -> str:
    """Print a snapshot as one self-contained page in its own language; equal snapshots give equal text.

    The page has no address, script or picture: nothing can be fetched from it. Raises ValueError for
    a look that is not made of colours.
    """
    if snapshot["document"] == "statement":
        return StatementPages.of(snapshot).whole()
    with override(snapshot["language"]):
        words = Wording(language=snapshot["language"], currency=snapshot["currency"], exponent=snapshot["exponent"])
        own = credit_note_context(snapshot, words) | {"style": style_of(snapshot["look"])}
        return render_to_string(
            "settlements/credit_note.html", head_context(snapshot, words, sha256_of(snapshot)) | own
        )


def style_source_of(html: str) -> str:
    """Return the source expression that lets a page's Content-Security-Policy admit its own style sheet."""
    style = html.split("<style>", 1)[1].split("</style>", 1)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"'sha256-{digest}'"
