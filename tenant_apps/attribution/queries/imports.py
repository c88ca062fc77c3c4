from django.db.models import QuerySet

from tenant_apps.attribution.models import Import, ImportRow
from tenant_apps.attribution.rules.imports import CONVERSIONS, REFUNDS, TOUCHES


def all_imports() -> QuerySet[Import]:
    """Return every file, newest first."""
    return Import.objects.order_by("-pk")


def import_by_ref(ref: str) -> Import | None:
    """Return a file by its public id."""
    return Import.objects.filter(public_id=ref).first()


def first_rows(file: Import, most: int) -> list[ImportRow]:
    """Return the first rows of a file, as they were understood."""
    return list(file.rows.order_by("number")[:most])


def columns_of_import(kind: str) -> tuple[list[str], list[str]]:
    """Return the columns that a file of a kind must have, and those it may have besides."""
    columns = {"touches": TOUCHES, "conversions": CONVERSIONS, "refunds": REFUNDS}[kind]
    more = [name for name in columns.longest if name not in columns.needed]
    return list(columns.needed), [*more, f"{columns.named}<name>"] if columns.named else more
