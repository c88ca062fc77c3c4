from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.settlements.models.settling import Settlement


class StatementCounter(models.Model):
    """One guarded row that hands out statement numbers without gaps."""

    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class Statement(models.Model):
    """A numbered, hashed snapshot of a settlement: HTML, PDF and CSV are printed from it, never recomputed."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "sta"), editable=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="statements")
    number = models.CharField(max_length=40, unique=True)
    version = models.PositiveSmallIntegerField(default=1)
    snapshot = models.JSONField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["settlement", "version"], name="statement_version_once")]

    def __str__(self) -> str:
        return self.number
