from functools import partial

from django.db import models
from django.db.models import F, Q

from kernel.ids import public_id
from tenant_apps.settlements.models.periods import Period
from tenant_apps.settlements.states import SettlementState


class Settlement(models.Model):
    """What a period comes to for one partner in one currency; approved by a second person."""

    may_change = ("state", "approved_at", "approved_by", "approved_by_label")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "stl"), editable=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="settlements")
    partner_ref = models.CharField(max_length=40)
    partner_name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    opening_minor = models.BigIntegerField()
    earned_minor = models.BigIntegerField()
    clawback_minor = models.BigIntegerField(help_text="Negative or zero.")
    net_minor = models.BigIntegerField()
    adjustment_minor = models.BigIntegerField(default=0, help_text="Approved adjustments: written off, corrected.")
    vat_minor = models.BigIntegerField(default=0)
    vat_rate = models.DecimalField(max_digits=7, decimal_places=6, default=0)
    vat_treatment = models.CharField(max_length=16, default="status_unknown", help_text="Why there is VAT, or none.")
    vat_place = models.CharField(max_length=2, blank=True, help_text="Country of supply.")
    withholding_minor = models.BigIntegerField(default=0, help_text="Negative where tax is kept for the state.")
    withholding_rate = models.DecimalField(max_digits=7, decimal_places=6, default=0)
    reserve_held_minor = models.BigIntegerField(default=0, help_text="Moved into the reserve.")
    reserve_released_minor = models.BigIntegerField(default=0, help_text="Given back of earlier reserves.")
    reserve_rate = models.DecimalField(max_digits=7, decimal_places=6, default=0)
    reserve_until = models.DateTimeField(null=True, help_text="What is held is given back with the period of this.")
    payout_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    next_opening_minor = models.BigIntegerField(help_text="The closing less what is written off of a debt.")
    minimum_payout_minor = models.BigIntegerField(default=0)
    negative = models.CharField(max_length=8, default="carry", help_text="carry, cap or reset, as the contract said.")
    negative_cap_minor = models.BigIntegerField(default=0, help_text="With cap: the most that is carried, as a debt.")
    clawback_share = models.DecimalField(
        max_digits=7, decimal_places=6, default=1, help_text="The most of a payout that debts may take."
    )
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
                condition=Q(
                    closing_minor=F("opening_minor")
                    + F("net_minor")
                    + F("adjustment_minor")
                    + F("vat_minor")
                    + F("withholding_minor")
                    - F("reserve_held_minor")
                    + F("reserve_released_minor")
                    - F("payout_minor")
                ),
                name="settlement_closing_adds_up",
            ),
            models.CheckConstraint(condition=Q(payout_minor__gte=0), name="settlement_payout_not_negative"),
            models.CheckConstraint(
                condition=Q(reserve_held_minor=0) | Q(reserve_held_minor__gt=0, reserve_until__isnull=False),
                name="settlement_reserve_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["partner_ref", "currency", "-id"], name="settlement_of_partner"),
            models.Index(
                fields=["reserve_until"], condition=Q(reserve_held_minor__gt=0), name="settlement_reserve_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_name} {self.period_id} {self.currency}"


class SettlementLine(models.Model):
    """A commission in its settlement; the key makes it stand in one settlement only.

    The database does not check its two references: a close writes them by the hundred thousand, out of the rows they
    name, which nobody may delete. The nightly proof looks (decision 16).
    """

    append_only = True

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="lines", db_constraint=False)
    commission = models.OneToOneField(
        "commissions.Commission", models.PROTECT, related_name="settlement_line", db_constraint=False
    )
    amount_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.amount_minor} in {self.settlement_id}"
