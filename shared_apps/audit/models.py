from django.db import models

from shared_apps.accounts.wording import SentenceField


class AuditEvent(models.Model):
    """One deed: actor, verb, subject, what it was before and after, the reason and the request."""

    append_only = True

    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=160)
    verb = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = SentenceField(default=str, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="audit_subject"),
            models.Index(fields=["-at"], name="audit_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.verb} {self.subject_id}"


class RecordSeal(models.Model):
    """The rows of a schema that are for ever, closed up to some id of each table by a hash, and over the seal before.

    `parts` keeps the hash of every row, so that a changed one can be named:
    `[{table, columns, rows: [[id, its hash], …]}, …]`; `bounds` how far each table is sealed by now.
    """

    append_only = True
    sealed_apart = True

    number = models.PositiveIntegerField(unique=True)
    day = models.DateField()
    root = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)
    bounds = models.JSONField()
    parts = models.JSONField()
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.hash}"
