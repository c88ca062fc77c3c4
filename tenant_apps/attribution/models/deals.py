from datetime import datetime
from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.attribution.states import DealState


class Deal(models.Model):
    """A prospect that a partner registered before it bought: protected from others while its clock runs.

    Matched by e-mail, e-mail domain or phone; the company's name is for people to read.
    """

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "dea"), editable=False)
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="deals")
    state = models.CharField(max_length=16, default=DealState.SUBMITTED, editable=False)
    company = models.CharField(max_length=160)
    email = models.CharField(max_length=254, blank=True, db_index=True)
    domain = models.CharField(max_length=253, blank=True, db_index=True)
    phone = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    expected_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    submitted_at = models.DateTimeField()
    qualified_at = models.DateTimeField(null=True)
    protected_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, help_text="Rejected, won, expired or withdrawn.")
    reason = models.CharField(max_length=300, blank=True, help_text="Of the last decision; the partner reads it.")
    decided_by = models.CharField(max_length=120, blank=True)
    beaten_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="beat")
    order_ref = models.CharField(max_length=40, blank=True, help_text="The sale that won it.")

    class Meta:
        indexes = [
            models.Index(fields=["state", "protected_until"], name="deal_clock"),
            models.Index(fields=["enrollment", "-submitted_at"], name="deal_of_enrollment"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(email="", domain="", phone=""), name="deal_names_somebody"
            ),
            models.CheckConstraint(
                condition=models.Q(qualified_at=None, protected_until=None)
                # A comparison with nothing is unknown, and a CHECK lets the unknown pass.
                | models.Q(
                    qualified_at__isnull=False, protected_until__isnull=False,
                    protected_until__gt=models.F("qualified_at"),
                ),
                name="deal_protected_once_qualified",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.company} ({self.enrollment})"

    def is_live(self, at: datetime) -> bool:
        """Return whether the registration protects its partner at an instant, whatever became of it later."""
        until = self.protected_until
        ended = self.closed_at if self.state == DealState.WITHDRAWN else None
        return until is not None and self.submitted_at <= at < until and (ended is None or at < ended)
