"""Where printed statements are kept: one file per hash, written once."""

import os
import secrets
from pathlib import Path

from django.conf import settings

from shared_apps.brands.entering import entered_brand
from tenant_apps.settlements.documents import pdf_of
from tenant_apps.settlements.models import CreditNote, Statement


def print_statement(statement: Statement | CreditNote) -> Path:
    """Return the PDF of a statement or a credit note, rendered now unless it was before.

    Written to a draft and renamed: a killed worker leaves no half a file under the final name, and two
    at the same time write the same bytes. Raises PdfFailed and PdfTooCostly.
    """
    path: Path = Path(settings.MEDIA_ROOT) / "statements" / entered_brand().schema_name / f"{statement.sha256}.pdf"
    if path.exists():
        return path
    pdf = pdf_of(statement.snapshot)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(6)}")
    try:
        with draft.open("xb") as file:
            file.write(pdf)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path
