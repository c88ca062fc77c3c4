from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import Field as Limit

from kernel.strict import Strict, Text
from tenant_apps.attribution.models import Import, ImportRow
from tenant_apps.attribution.queries import first_rows

PREVIEWED = 20


class ImportIn(Strict):
    """A CSV of another system, named by `source`; with the ids there it makes the exact key of each row."""

    kind: Annotated[Text, Limit(max_length=16)]
    source: Annotated[Text, Limit(max_length=40)]
    csv: str
    file_name: Annotated[Text, Limit(max_length=120)] = ""


class ImportOut(Schema):
    """A file and how far it is; `rows_known` were handled already and are passed over."""

    id: str = Field(alias="public_id")
    kind: str
    source: str
    file_name: str
    sha256: str
    state: str
    rows_total: int
    rows_known: int
    rows_done: int
    rows_refused: int
    totals: dict[str, int]
    checked_by: str
    checked_at: datetime
    finished_at: datetime | None


class ImportRowOut(Schema):
    """A row as it was understood; once it is taken only what it became."""

    row: int = Field(alias="number")
    external_id: str
    known: bool = Field(alias="is_known")
    facts: dict[str, Any]
    became: str = Field(alias="result_ref")


class ImportDetailOut(ImportOut):
    """A file with its first rows as they were understood."""

    preview: list[ImportRowOut]

    @staticmethod
    def resolve_preview(file: Import) -> list[ImportRow]:
        """The first twenty rows."""
        return first_rows(file, PREVIEWED)
