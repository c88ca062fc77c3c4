from django.db import models

from shared_apps.partners.models.joining import Partner


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
    """Roll-up: the latest version of a brand's statement, for the list across brands; the document stays there."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="statements")
    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="+")
    settlement_ref = models.CharField(max_length=40)
    statement_ref = models.CharField(max_length=40)
    number = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    period_label = models.CharField(max_length=40)
    first_on = models.DateField()
    last_on = models.DateField()
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    payout_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "settlement_ref"], name="partner_statement_once")]
        indexes = [models.Index(fields=["partner", "-issued_at"], name="partner_statement_latest")]

    def __str__(self) -> str:
        return self.number
