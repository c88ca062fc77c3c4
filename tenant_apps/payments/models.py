from functools import partial

from django.db import models

from kernel.ids import public_id
from shared_apps.accounts.wording import SentenceField
from tenant_apps.payments.states import DisputeState, InboundState, IntentState, RefundState, TransferState


class ProviderAccount(models.Model):
    """The brand's own account at the provider: it is the merchant of record. Secrets are stored encrypted."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "pac"), editable=False)
    provider = models.CharField(max_length=16, default="stripe")
    account_id = models.CharField(max_length=64, help_text="The provider's id of the account, e.g. acct_…")
    secret_key = models.TextField(help_text="Encrypted.")
    webhook_secret = models.TextField(help_text="Encrypted.")
    webhook_endpoint_id = models.CharField(max_length=64, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    previous_webhook_secret = models.TextField(blank=True, help_text="Encrypted; taken for a day after a rotation.")
    rotated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider"], condition=models.Q(active=True), name="provider_one_active"),
            models.UniqueConstraint(fields=["provider", "account_id"], name="provider_account_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.account_id}"


class PaymentIntent(models.Model):
    """The wish to collect an order's money: recorded with its key before the provider is asked.

    What was agreed (order, account, amount, tax, currency, key) never changes. `request` may: it holds the customer's
    address, which a person may ask us to forget; what the provider took is held against the amount here.
    """

    may_change = ("state", "session_id", "provider_intent_id", "checkout_url", "request", "error", "asked_at")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "pin"), editable=False)
    order_ref = models.CharField(max_length=40, db_index=True, help_text="Public id of the order.")
    account = models.ForeignKey(ProviderAccount, models.PROTECT, related_name="intents")
    amount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0, help_text="Included in the amount.")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, default=IntentState.CREATED, editable=False)
    idempotency_key = models.CharField(max_length=80, unique=True)
    session_id = models.CharField(max_length=120, blank=True, db_index=True)
    provider_intent_id = models.CharField(max_length=120, blank=True, db_index=True)
    checkout_url = models.TextField(blank=True)
    request = models.JSONField(default=dict, help_text="What is asked of the provider, word for word.")
    error = SentenceField(default=str, blank=True)
    opened_at = models.DateTimeField()
    asked_at = models.DateTimeField(help_text="By the world's clock: the age of the key at the provider.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, tax_minor__gte=0, tax_minor__lte=models.F("amount_minor")),
                name="intent_positive",
            ),
            # One live intent per order: two checkouts side by side could both be paid.
            models.UniqueConstraint(
                fields=["order_ref"], condition=models.Q(state__in=["created", "unknown", "open", "succeeded"]),
                name="intent_one_live_per_order",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state__in=["created", "unknown"]), name="intent_unsettled")
        ]

    def __str__(self) -> str:
        return self.public_id


class Charge(models.Model):
    """Money that was captured. `refunded_minor` counts what succeeded, `refunding_minor` what is under way.

    `disputed_minor` is what open and lost disputes hold.
    """

    may_change = ("refunded_minor", "refunding_minor", "disputed_minor", "card_key")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "chg"), editable=False)
    intent = models.OneToOneField(PaymentIntent, models.PROTECT, related_name="charge")
    provider_charge_id = models.CharField(max_length=120, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    refunded_minor = models.BigIntegerField(default=0)
    refunding_minor = models.BigIntegerField(default=0)
    disputed_minor = models.BigIntegerField(default=0)
    captured_at = models.DateTimeField()
    card_key = models.CharField(max_length=64, blank=True, help_text="Pseudonym of the card, where it is known.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, refunding_minor__gte=0, disputed_minor__gte=0)
                & models.Q(
                    amount_minor__gte=models.F("refunded_minor")
                    + models.F("refunding_minor")
                    + models.F("disputed_minor")
                ),
                name="charge_never_over_taken",
            )
        ]

    def __str__(self) -> str:
        return self.provider_charge_id

    @property
    def left_minor(self) -> int:
        """What may still be refunded or disputed."""
        return self.amount_minor - self.refunded_minor - self.refunding_minor - self.disputed_minor


class Refund(models.Model):
    """Money on its way back to the customer, or arrived; `origin` says who began it."""

    may_change = ("state", "provider_refund_id", "error", "asked_at", "settled_at", "refunded_at")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "ref"), editable=False)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300, blank=True)
    origin = models.CharField(max_length=16, default="operator", help_text="operator, api or provider.")
    state = models.CharField(max_length=16, default=RefundState.REQUESTED, editable=False)
    idempotency_key = models.CharField(max_length=80, unique=True)
    provider_refund_id = models.CharField(max_length=120, unique=True, null=True)
    error = SentenceField(default=str, blank=True)
    requested_at = models.DateTimeField()
    asked_at = models.DateTimeField(help_text="By the world's clock: the age of the key at the provider.")
    settled_at = models.DateTimeField(null=True, help_text="When we heard how it ended.")
    refunded_at = models.DateTimeField(null=True, help_text="The provider's own instant: the refund counts from it.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_positive")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state__in=["requested", "unknown"]), name="refund_unsettled")
        ]

    def __str__(self) -> str:
        return self.public_id


class PartnerTransfer(models.Model):
    """Money from the brand's account at the provider to a partner's connected one: one attempt of a payout, once.

    Its public id is the idempotency key: written before the provider is asked. `reversed_minor` is what came back.
    """

    may_change = ("reversed_minor", "state", "provider_transfer_id", "error", "asked_at", "settled_at")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "ptr"), editable=False)
    account = models.ForeignKey(ProviderAccount, models.PROTECT, related_name="transfers")
    payout_ref = models.CharField(max_length=40)
    attempt = models.PositiveSmallIntegerField()
    destination = models.CharField(max_length=64, help_text="The partner's connected account.")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reversed_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=16, default=TransferState.REQUESTED, editable=False)
    provider_transfer_id = models.CharField(max_length=120, unique=True, null=True)
    error = SentenceField(default=str, blank=True)
    requested_at = models.DateTimeField()
    asked_at = models.DateTimeField(help_text="By the world's clock: the age of the key at the provider.")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payout_ref", "attempt"], name="transfer_attempt_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="partner_transfer_positive"),
            models.CheckConstraint(
                condition=models.Q(reversed_minor__gte=0, reversed_minor__lte=models.F("amount_minor")),
                name="partner_transfer_never_over_reversed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state__in=["requested", "unknown"]), name="transfer_unsettled"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.public_id


class TransferReversal(models.Model):
    """A part of a transfer that came back, or all of it, once by the provider's id."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "trv"), editable=False)
    transfer = models.ForeignKey(PartnerTransfer, models.PROTECT, related_name="reversals")
    provider_reversal_id = models.CharField(max_length=120, unique=True)
    amount_minor = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="transfer_reversal_positive")
        ]

    def __str__(self) -> str:
        return self.provider_reversal_id


class Dispute(models.Model):
    """A customer's bank takes money of a charge back until it has decided; `fee_minor` is the provider's."""

    may_change = ("state", "evidence_due_at", "withdrawn_minor", "reinstated_minor", "fee_minor", "closed_at")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "cbk"), editable=False)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="disputes")
    provider_dispute_id = models.CharField(max_length=120, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=16, default=DisputeState.NEEDS_RESPONSE, editable=False)
    evidence_due_at = models.DateTimeField(null=True)
    withdrawn_minor = models.BigIntegerField(default=0, help_text="What the provider took from the account for it.")
    reinstated_minor = models.BigIntegerField(default=0, help_text="What it put back.")
    fee_minor = models.BigIntegerField(default=0, help_text="Less what was given back of it.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="dispute_positive"),
            models.CheckConstraint(
                condition=models.Q(reinstated_minor__gte=0)
                & models.Q(withdrawn_minor__gte=models.F("reinstated_minor"))
                & models.Q(withdrawn_minor__lte=models.F("amount_minor")),
                name="dispute_funds_within_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["evidence_due_at"], condition=models.Q(state__in=["needs_response", "under_review"]),
                name="dispute_open",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.public_id


class InboundEvent(models.Model):
    """A provider's event as it came: verified, stored once with its raw body, worked off in the background."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "pev"), editable=False)
    provider = models.CharField(max_length=16)
    account_id = models.CharField(max_length=64)
    event_id = models.CharField(max_length=120)
    type = models.CharField(max_length=80)
    body = models.BinaryField()
    state = models.CharField(max_length=16, default=InboundState.STORED, editable=False)
    note = SentenceField(default=str, blank=True)
    received_at = models.DateTimeField(help_text="By the world's clock.")
    worked_off_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "account_id", "event_id"], name="inbound_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
