from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.attribution.states import SuspicionState


class DuplicateSuspicion(models.Model):
    """Two paid orders that look like one sale told by two sources; `later_ref` is the one in doubt."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "dup"), editable=False)
    earlier_ref = models.CharField(max_length=40)
    later_ref = models.CharField(max_length=40, db_index=True)
    state = models.CharField(max_length=16, default=SuspicionState.OPEN, editable=False)
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "duplicate suspicions"
        constraints = [models.UniqueConstraint(fields=["earlier_ref", "later_ref"], name="suspicion_once_per_pair")]

    def __str__(self) -> str:
        return f"{self.later_ref} may be {self.earlier_ref}"
