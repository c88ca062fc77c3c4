from functools import partial

from django.db import models
from django.db.models import F, Q

from kernel.ids import public_id
from tenant_apps.settlements.models.settling import Settlement
from tenant_apps.settlements.states import AdjustmentState


class Adjustment(models.Model):
    """An amount that no line explains: a debt written off, a tax corrected, a sum agreed on. A second person approves.

    What came back of a payout is owed again by one, too: nobody decides that, the provider has the money. A debt that
    is set off between two brands of a legal entity is one at each, of opposite sign, decided together.

    Approved it is in the books; the next close of a period that holds the approval takes it into the settlement.
    """

    may_change = ("state", "settlement", "decided_at", "decided_by", "decided_by_label")

    class Kind(models.TextChoices):
        WRITE_OFF = "write_off"
        MANUAL = "manual"
        VAT_CORRECTION = "vat_correction"
        PAYOUT_RETURNED = "payout_returned"
        SET_OFF = "set_off"

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "adj"), editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    partner_ref = models.CharField(max_length=40)
    partner_name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Positive in the partner's favour.")
    reason = models.CharField(max_length=500)
    cause_ref = models.CharField(
        max_length=40, blank=True, help_text="The corrected statement, the reversal, or the other brand's adjustment."
    )
    other_brand = models.CharField(max_length=40, blank=True, help_text="The brand with which a debt is set off.")
    other_brand_name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=16, default=AdjustmentState.PROPOSED, editable=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, null=True, related_name="adjustments")
    proposed_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=64)
    proposed_by_label = models.CharField(max_length=160, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_by_label = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="adjustment_not_zero"),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(decided_by=F("proposed_by")) | ~Q(state="approved"),
                name="adjustment_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(settlement=None) | Q(state="approved"), name="adjustment_settled_when_approved"
            ),
            models.UniqueConstraint(
                fields=["cause_ref"],
                condition=Q(kind__in=["payout_returned", "set_off"]),
                name="adjustment_once_per_cause",
            ),
            models.CheckConstraint(
                condition=Q(kind="set_off") ^ Q(other_brand=""), name="adjustment_set_off_with_a_brand"
            ),
        ]
        indexes = [
            models.Index(
                fields=["decided_at"], condition=Q(state="approved", settlement=None), name="adjustment_to_settle"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency} for {self.partner_name}"
