from functools import partial

from django.db import models

from kernel.ids import public_id
from shared_apps.partners.models.joining import Partner


class NettingConsent(models.Model):
    """A partner agreed, or no longer agrees, that debts are set off at a brand: the latest word counts."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "ntc"), editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="netting_consents")
    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="+")
    agreed = models.BooleanField()
    entity = models.CharField(max_length=160, help_text="The brand's legal entity at that time.")
    entity_vat_id = models.CharField(max_length=20, blank=True)
    text = models.TextField(blank=True, help_text="Word for word, as it was shown.")
    text_sha256 = models.CharField(max_length=64, blank=True)
    said_at = models.DateTimeField()
    said_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agreed=False) | ~models.Q(text=""), name="netting_agreed_by_words"
            )
        ]
        indexes = [models.Index(fields=["partner", "brand", "-id"], name="netting_consent_latest")]

    def __str__(self) -> str:
        return f"{self.partner} at {self.brand}"
