from functools import partial

from django.db import models
from django.db.models import F, Q

from kernel.ids import public_id
from tenant_apps.settlements.models.settling import Settlement
from tenant_apps.settlements.states import CorrectionState, VatTreatment


class StatementCounter(models.Model):
    """One guarded row per number range that hands out numbers without gaps."""

    class Series(models.TextChoices):
        STATEMENT = "ST"
        CREDIT_NOTE = "CN"

    series = models.CharField(max_length=2, choices=Series, unique=True)
    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series} {self.last}"


class Statement(models.Model):
    """A numbered, hashed snapshot of a settlement: HTML, PDF and CSV are printed from it, never recomputed.

    A correction is a further version with a number of its own; what it differs in VAT, the next period settles.
    """

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "sta"), editable=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="statements")
    number = models.CharField(max_length=40, unique=True)
    version = models.PositiveSmallIntegerField(default=1)
    vat_minor = models.BigIntegerField(default=0)
    vat_rate = models.DecimalField(max_digits=7, decimal_places=6, default=0)
    vat_treatment = models.CharField(max_length=16, default=VatTreatment.STATUS_UNKNOWN)
    vat_place = models.CharField(max_length=2, blank=True)
    snapshot = models.JSONField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["settlement", "version"], name="statement_version_once")]

    def __str__(self) -> str:
        return self.number


class CreditNote(models.Model):
    """Cancels a version of a statement whole, as a numbered, hashed document; the next version takes its place."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "crn"), editable=False)
    statement = models.OneToOneField(Statement, models.PROTECT, related_name="credit_note")
    number = models.CharField(max_length=40, unique=True)
    snapshot = models.JSONField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number


class Correction(models.Model):
    """What a statement's next version says otherwise: proposed by one person, issued as another approves it."""

    may_change = ("state", "decided_at", "decided_by", "decided_by_label")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "cor"), editable=False)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="corrections")
    reason = models.CharField(max_length=500)
    facts = models.JSONField(help_text="The parties and the VAT as they were when it was proposed.")
    vat_minor = models.BigIntegerField()
    vat_difference_minor = models.BigIntegerField(help_text="Positive in the partner's favour.")
    state = models.CharField(max_length=16, default=CorrectionState.PROPOSED, editable=False)
    proposed_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=64)
    proposed_by_label = models.CharField(max_length=160, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_by_label = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["statement"], condition=~Q(state="declined"), name="correction_one_of_a_version"
            ),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(decided_by=F("proposed_by")) | ~Q(state="approved"),
                name="correction_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"Correction of {self.statement_id}"
