from functools import partial

from django.conf import settings
from django.db import models

from kernel.ids import public_id


class Partner(models.Model):
    """A person or company that brands work with. `public_id` is the reference brands keep (`partner_ref`)."""

    class Kind(models.TextChoices):
        PERSON = "person"
        COMPANY = "company"

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "par"), editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.COMPANY)
    legal_name = models.CharField(max_length=160, blank=True)
    legal_address = models.TextField(blank=True)
    email = models.EmailField(unique=True)
    country = models.CharField(max_length=2, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class PartnerUser(models.Model):
    """A user (of public) who may act for a partner."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="partnerships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "user"], name="partner_user_once")]

    def __str__(self) -> str:
        return f"{self.user} for {self.partner}"


class PartnerBrand(models.Model):
    """A partner works with a brand; the deal itself (Enrollment) is in the brand's schema."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="brands")
    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="partners")
    since = models.DateTimeField()
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "brand"], name="partner_brand_once")]

    def __str__(self) -> str:
        return f"{self.partner} at {self.brand}"


class PartnerBalance(models.Model):
    """Roll-up: what a partner has at a brand, per currency; rewritten from the brand's ledger and commissions."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="balances")
    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="+")
    currency = models.CharField(max_length=3)
    pending_minor = models.BigIntegerField(default=0)
    confirmed_minor = models.BigIntegerField(default=0)
    payable_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    as_of = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "brand", "currency"], name="partner_balance_once")]

    def __str__(self) -> str:
        return f"{self.partner} at {self.brand} in {self.currency}"


class PartnerStatement(models.Model):
    """Roll-up: a statement issued by a brand, for the list across brands; the document stays with the brand."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="statements")
    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="+")
    statement_ref = models.CharField(max_length=40, unique=True)
    number = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    period_label = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    payout_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["partner", "-issued_at"], name="partner_statement_latest")]

    def __str__(self) -> str:
        return self.number


class HandOff(models.Model):
    """A signed, one-time pass from the partner host into one brand's own portal. Only its hash is kept."""

    token_sha256 = models.CharField(max_length=64, unique=True)
    partner = models.ForeignKey(Partner, models.CASCADE)
    brand = models.ForeignKey("brands.Brand", models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    next_path = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Hand-off of {self.partner} to {self.brand}"
