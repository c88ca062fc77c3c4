from functools import partial

from django.db import models

from kernel.ids import public_id
from shared_apps.partners.models.joining import Partner
from shared_apps.partners.states import AccountKind, PayoutMethod, VatStatus


class TaxVersion(models.Model):
    """What a partner said of its tax and name at one time; the highest number is in force."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "txv"), editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="tax_versions")
    number = models.PositiveIntegerField()
    legal_name = models.CharField(max_length=160)
    legal_address = models.TextField()
    country = models.CharField(max_length=2)
    vat_status = models.CharField(max_length=16, choices=[(each, each) for each in VatStatus])
    vat_id = models.CharField(max_length=20, blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    said_at = models.DateTimeField()
    said_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "number"], name="tax_version_once"),
            models.CheckConstraint(
                condition=~models.Q(vat_status=VatStatus.REGISTERED) | ~models.Q(vat_id=""),
                name="tax_registered_has_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} tax {self.number}"


class PayoutVersion(models.Model):
    """Where a partner wanted its money at one time; the highest number is in force. The account is sealed."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "pyv"), editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="payout_versions")
    number = models.PositiveIntegerField()
    method = models.CharField(max_length=8, choices=[(each, each) for each in PayoutMethod])
    holder = models.CharField(max_length=70, blank=True)
    account_kind = models.CharField(max_length=8, blank=True, choices=[(each, each) for each in AccountKind])
    account_sealed = models.TextField(blank=True, help_text="Encrypted: the IBAN, or the number where there is none.")
    account_last4 = models.CharField(max_length=4, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    stripe_account = models.CharField(max_length=64, blank=True)
    frozen_until = models.DateTimeField(null=True, help_text="By the world's clock; nothing is paid out before.")
    said_at = models.DateTimeField()
    said_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "number"], name="payout_version_once"),
            models.CheckConstraint(
                condition=~models.Q(method=PayoutMethod.BANK) | ~models.Q(account_sealed=""),
                name="payout_bank_has_account",
            ),
            models.CheckConstraint(
                condition=~models.Q(method=PayoutMethod.STRIPE) | ~models.Q(stripe_account=""),
                name="payout_stripe_has_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} payout {self.number}"


class SelfBilling(models.Model):
    """A partner lets a brand write its invoices: when, by which text, and for which VAT number."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "sba"), editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="self_billings")
    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="+")
    vat_id = models.CharField(max_length=20, blank=True)
    text = models.TextField(help_text="Word for word, as it was shown.")
    text_sha256 = models.CharField(max_length=64)
    agreed_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "brand", "vat_id", "text_sha256"], name="self_billing_once")
        ]

    def __str__(self) -> str:
        return f"{self.partner} at {self.brand}"
