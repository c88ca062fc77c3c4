from functools import partial

from django.db import models
from django.db.models import F, Q

from kernel.ids import public_id
from tenant_apps.reports.states import ExportFormat, ExportKind, ExportState


class Export(models.Model):
    """Rows asked for as a file: which, how far the work is, and what became of it.

    The rows are those with a key up to `until_key`, frozen when it was asked for; `after_key` is the last
    one on disk. `step` counts the chunks: a worker that comes late with an old one writes nothing.
    """

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "exp"), editable=False)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ExportKind])
    format = models.CharField(max_length=8, choices=[(each.value, each.value) for each in ExportFormat])
    filters = models.JSONField(default=dict)
    state = models.CharField(max_length=8, default=ExportState.QUEUED, editable=False)
    until_key = models.BigIntegerField(default=0)
    after_key = models.BigIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    requested_by = models.CharField(max_length=64)
    requested_by_label = models.CharField(max_length=160)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    file_name = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(default=0, help_text="In bytes.")
    sha256 = models.CharField(max_length=64, blank=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(state="done") | ~Q(sha256=""), name="export_done_has_hash"),
            models.CheckConstraint(condition=Q(after_key__lte=F("until_key")), name="export_within_its_rows"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(state="done"), name="export_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.format})"

    @property
    def percent(self) -> int:
        """How far the rows are, from 0 to 100."""
        if self.rows_total:
            return min(100, self.rows_done * 100 // self.rows_total)
        return 100 if self.state == ExportState.DONE else 0
