from functools import partial

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from kernel.ids import public_id
from tenant_apps.settlements.states import PayoutState, PeriodState, SettlementState


class Period(models.Model):
    """A month of the brand's calendar, half-open in its time zone; closed once."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "per"), editable=False)
    label = models.CharField(max_length=20, unique=True, help_text="2026-05")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=PeriodState.OPEN, editable=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_by_label = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="periods_never_overlap",
                expressions=[(Func(F("starts_at"), F("ends_at"), function="tstzrange"), RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return self.label


class Settlement(models.Model):
    """What a period comes to for one partner in one currency; approved by a second person."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "stl"), editable=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="settlements")
    partner_ref = models.CharField(max_length=40)
    partner_name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    opening_minor = models.BigIntegerField()
    earned_minor = models.BigIntegerField()
    clawback_minor = models.BigIntegerField(help_text="Negative or zero.")
    net_minor = models.BigIntegerField()
    payout_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    next_opening_minor = models.BigIntegerField(help_text="The closing, or 0 where the contract resets a negative one.")
    minimum_payout_minor = models.BigIntegerField(default=0)
    negative = models.CharField(max_length=8, default="carry", help_text="carry or reset, as the contract said.")
    state = models.CharField(max_length=16, default=SettlementState.DRAFT, editable=False)
    drafted_at = models.DateTimeField()
    drafted_by = models.CharField(max_length=64)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=64, blank=True)
    approved_by_label = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "partner_ref", "currency"], name="settlement_once"),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("drafted_by")), name="settlement_two_persons"
            ),
            models.CheckConstraint(
                condition=Q(net_minor=F("earned_minor") + F("clawback_minor")), name="settlement_net_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(closing_minor=F("opening_minor") + F("net_minor") - F("payout_minor")),
                name="settlement_closing_adds_up",
            ),
            models.CheckConstraint(condition=Q(payout_minor__gte=0), name="settlement_payout_not_negative"),
        ]
        indexes = [models.Index(fields=["partner_ref", "currency", "-id"], name="settlement_of_partner")]

    def __str__(self) -> str:
        return f"{self.partner_name} {self.period_id} {self.currency}"


class SettlementLine(models.Model):
    """A commission in its settlement; the key makes it stand in one settlement only."""

    append_only = True

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="lines")
    commission = models.OneToOneField("commissions.Commission", models.PROTECT, related_name="settlement_line")
    amount_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.amount_minor} in {self.settlement_id}"


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


class Payout(models.Model):
    """Money on its way to a partner for one settlement; a failed one is tried again, never doubled."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "pay"), editable=False)
    settlement = models.OneToOneField(Settlement, models.PROTECT, related_name="payout")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, default=PayoutState.IN_TRANSIT, editable=False)
    attempt = models.PositiveSmallIntegerField(default=1)
    method = models.CharField(max_length=16, default="manual", help_text="manual: the brand's bank; more rails follow.")
    reference = models.CharField(max_length=120, blank=True, help_text="The bank's reference.")
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=64)
    paid_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True, help_text="Why the last attempt failed.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_positive")]

    def __str__(self) -> str:
        return self.public_id
