from functools import partial

from django.db import models
from django.db.models import Q

from kernel.ids import public_id
from tenant_apps.disputes.states import DisputeState, Grounds, Outcome, Position


class DisputePolicy(models.Model):
    """The brand's terms for claims, in immutable versions; a claim keeps those it was opened under."""

    append_only = True

    number = models.PositiveIntegerField(unique=True)
    terms = models.JSONField()
    effective_from = models.DateTimeField()

    class Meta:
        verbose_name_plural = "dispute policies"

    def __str__(self) -> str:
        return f"Dispute policy v{self.number}"


class CreditDispute(models.Model):
    """A dispute of credit: an enrollment claims a part of one order's conversion.

    `had`, `claimed` and `granted` are exact parts of the whole conversion, `numerator/denominator`.
    """

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "crd"), editable=False)
    order_ref = models.CharField(max_length=40, blank=True, db_index=True)
    order_named = models.CharField(
        max_length=60, blank=True, help_text="As the claimant named the sale, where it had no part in one."
    )
    attribution_ref = models.CharField(max_length=40, blank=True, help_text="The decision that is disputed.")
    claimant = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="claims")
    had = models.TextField()
    claimed = models.TextField()
    granted = models.TextField(blank=True)
    grounds = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Grounds])
    statement = models.TextField()
    terms = models.JSONField()
    state = models.CharField(max_length=12, default=DisputeState.OPENED, editable=False)
    outcome = models.CharField(max_length=8, blank=True, choices=[(each.value, each.value) for each in Outcome])
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=64)
    opened_by_label = models.CharField(max_length=160)
    hear_until = models.DateTimeField(help_text="The deadline: then the clock decides.")
    closed_at = models.DateTimeField(null=True)
    closed_by_label = models.CharField(max_length=160, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was decided so.")
    result_ref = models.CharField(max_length=40, blank=True, help_text="The decision of attribution that followed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_ref", "claimant"], condition=Q(state__in=["opened", "hearing"]),
                name="credit_dispute_one_open",
            ),
            models.UniqueConstraint(
                fields=["order_named", "claimant"], condition=Q(state="submitted"), name="credit_dispute_one_submitted"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["submitted", "opened", "hearing", "withdrawn"], outcome="")
                | (Q(state__in=["decided", "expired"]) & ~Q(outcome="")),
                name="credit_dispute_outcome_fits",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["hear_until"], condition=Q(state__in=["submitted", "hearing"]), name="credit_dispute_due"
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class Party(models.Model):
    """A counterparty: an enrollment whose share would shrink, what it says, and when it was told and spoke."""

    dispute = models.ForeignKey(CreditDispute, models.PROTECT, related_name="parties")
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="hearings")
    share = models.TextField(help_text="Its part of the whole when the claim was opened.")
    told_at = models.DateTimeField(null=True)
    position = models.CharField(max_length=8, blank=True, choices=[(each.value, each.value) for each in Position])
    statement = models.TextField(blank=True)
    spoke_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "parties"
        constraints = [models.UniqueConstraint(fields=["dispute", "enrollment"], name="party_once")]

    def __str__(self) -> str:
        return f"{self.enrollment} in {self.dispute}"


class Evidence(models.Model):
    """What a party shows: a file, kept under its hash, or a link. Never changed, never taken away."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "evi"), editable=False)
    dispute = models.ForeignKey(CreditDispute, models.PROTECT, related_name="evidence")
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="shown")
    url = models.URLField(max_length=500, blank=True)
    name = models.CharField(max_length=120, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    added_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=(~Q(url="") & Q(sha256="")) | (Q(url="") & ~Q(sha256="")), name="evidence_file_or_link"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.url
