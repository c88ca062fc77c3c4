from functools import partial

from django.db import models
from django.db.models import F, Q

from kernel.ids import public_id
from shared_apps.accounts.wording import SentenceField
from tenant_apps.settlements.models.settling import Settlement
from tenant_apps.settlements.states import BatchMethod, PayoutState


class Payout(models.Model):
    """Money on its way to a partner for one settlement; a failed one is tried again, never doubled."""

    may_change = (
        "returned_minor", "state", "attempt", "method", "batch", "reference", "requested_at", "requested_by",
        "paid_at", "failure",
    )  # fmt: skip

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "pay"), editable=False)
    settlement = models.OneToOneField(Settlement, models.PROTECT, related_name="payout")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    returned_minor = models.BigIntegerField(
        default=0, help_text="What came back in parts after it arrived; owed again by adjustments."
    )
    state = models.CharField(max_length=16, default=PayoutState.IN_TRANSIT, editable=False)
    attempt = models.PositiveSmallIntegerField(default=1)
    method = models.CharField(max_length=16, default=BatchMethod.MANUAL, choices=[(each, each) for each in BatchMethod])
    batch = models.ForeignKey(
        "settlements.PayoutBatch", models.PROTECT, null=True, related_name="payouts", help_text="Of the latest attempt."
    )
    reference = models.CharField(max_length=120, blank=True, help_text="The bank's reference.")
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=64)
    paid_at = models.DateTimeField(null=True)
    failure = SentenceField(default=str, blank=True, help_text="Why the last attempt failed.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_positive"),
            models.CheckConstraint(
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("amount_minor")),
                name="payout_never_over_returned",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
