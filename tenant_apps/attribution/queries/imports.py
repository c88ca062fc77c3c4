from django.db.models import QuerySet

from tenant_apps.attribution.models import Import, ImportRow


def all_imports() -> QuerySet[Import]:
    """Return every file, newest first."""
    return Import.objects.order_by("-pk")


def import_by_ref(ref: str) -> Import | None:
    """Return a file by its public id."""
    return Import.objects.filter(public_id=ref).first()


def first_rows(file: Import, most: int) -> list[ImportRow]:
    """Return the first rows of a file, as they were understood."""
    return list(file.rows.order_by("number")[:most])
