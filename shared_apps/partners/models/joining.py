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
    withholding_rate = models.DecimalField(
        max_digits=7, decimal_places=6, default=0, help_text="What this brand must withhold: 0.15 is 15 %."
    )
    netting = models.BooleanField(
        default=False, help_text="The brand allows debts to be set off between brands; the partner agrees by itself."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "brand"], name="partner_brand_once"),
            models.CheckConstraint(
                condition=models.Q(withholding_rate__gte=0, withholding_rate__lt=1),
                name="partner_withholding_is_a_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} at {self.brand}"


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
