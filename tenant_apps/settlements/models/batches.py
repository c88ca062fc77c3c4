from functools import partial

from django.db import models
from django.db.models import F, Q

from kernel.ids import public_id
from tenant_apps.settlements.models.payouts import Payout
from tenant_apps.settlements.states import BatchMethod, BatchState


class PayingAccount(models.Model):
    """The brand's own bank account that pays partners, as it was said at one time; the latest is in force."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "pya"), editable=False)
    holder = models.CharField(max_length=70)
    iban_sealed = models.TextField(help_text="Encrypted.")
    iban_last4 = models.CharField(max_length=4)
    bic = models.CharField(max_length=11, blank=True)
    said_at = models.DateTimeField()
    said_by = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.holder} •••• {self.iban_last4}"


class PayoutBatch(models.Model):
    """Payouts that leave together by one method in one currency; made by one person, approved by another."""

    may_change = ("state", "execute_on", "approved_at", "approved_by", "approved_by_label", "sent_at", "sent_by_label")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "bat"), editable=False)
    method = models.CharField(max_length=8, choices=[(each, each) for each in BatchMethod])
    currency = models.CharField(max_length=3)
    count = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()
    state = models.CharField(max_length=16, default=BatchState.DRAFT, editable=False)
    account = models.ForeignKey(PayingAccount, models.PROTECT, null=True, related_name="batches")
    execute_on = models.DateField(null=True, help_text="The day the bank is asked to pay on.")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    made_by_label = models.CharField(max_length=160)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=64, blank=True)
    approved_by_label = models.CharField(max_length=160, blank=True)
    sent_at = models.DateTimeField(null=True)
    sent_by_label = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("made_by")), name="batch_two_persons"
            ),
            models.CheckConstraint(condition=Q(count__gt=0, total_minor__gt=0), name="batch_not_empty"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.public_id


class BatchItem(models.Model):
    """One attempt of a payout in a batch, with where it goes as it was when the batch was made.

    The key makes an attempt stand in one batch only: no run pays a line twice.
    """

    append_only = True

    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="items")
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="items")
    attempt = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    partner_ref = models.CharField(max_length=40)
    partner_name = models.CharField(max_length=120)
    profile_ref = models.CharField(max_length=40, help_text="The version of the partner's payout profile.")
    holder = models.CharField(max_length=70, blank=True)
    account_kind = models.CharField(max_length=8, blank=True)
    account_sealed = models.TextField(blank=True, help_text="Encrypted.")
    account_last4 = models.CharField(max_length=4, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    stripe_account = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=140)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payout", "attempt"], name="batch_item_attempt_once"),
            models.UniqueConstraint(fields=["batch", "position"], name="batch_item_position"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="batch_item_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.payout_id} attempt {self.attempt}"

    @property
    def reference(self) -> str:
        """The end-to-end id at the bank: of this attempt alone."""
        return f"{self.payout.public_id}-{self.attempt}"


class BatchFile(models.Model):
    """A batch as the bank gets it, written once; its content is sealed, its hash is of the clear bytes."""

    append_only = True

    batch = models.OneToOneField(PayoutBatch, models.PROTECT, related_name="file")
    name = models.CharField(max_length=80)
    content_sealed = models.TextField(help_text="Encrypted.")
    sha256 = models.CharField(max_length=64)
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.name
