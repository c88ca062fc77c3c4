from django.db.models import Model, QuerySet

from shared_apps.audit.models import RecordSeal


def record_seals() -> QuerySet[RecordSeal]:
    """Return the seals of the record, newest first: the first is the head of the chain."""
    return RecordSeal.objects.defer("parts", "bounds").order_by("-number")


def seal_over(row: Model) -> RecordSeal | None:
    """Return the seal of the record that a row stands in; None for what was written since the last one."""
    reached = record_seals().filter(**{f"bounds__{row._meta.db_table}__gte": row.pk})
    return reached.order_by("number").first()
