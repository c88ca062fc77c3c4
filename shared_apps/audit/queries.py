from django.db.models import QuerySet

from shared_apps.audit.models import RecordSeal


def record_seals() -> QuerySet[RecordSeal]:
    """Return the seals of the record, newest first: the first is the head of the chain."""
    return RecordSeal.objects.defer("parts", "bounds").order_by("-number")
