from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.catalog.states import OfferState


class Product(models.Model):
    """What is sold: a code that commission rules name, and the capabilities its kind seeded."""

    class Kind(models.TextChoices):
        SERVICE = "service"
        DIGITAL = "digital"

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "prd"), editable=False)
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=16, choices=Kind)
    capabilities = models.JSONField(default=list)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """A product as customers meet it: words, address, state."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "off"), editable=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="offers")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=160)
    summary = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)
    state = models.CharField(max_length=16, default=OfferState.DRAFT, editable=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class Price(models.Model):
    """What an offer costs in one currency. Never edited: a new price replaces the active one."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "pri"), editable=False)
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Gross, in minor units.")
    cost_minor = models.BigIntegerField(default=0, help_text="What one unit costs the brand, in minor units.")
    tax_rate = models.DecimalField(
        max_digits=6, decimal_places=4, default=0, help_text="Included in the amount; 0.19 is 19 %."
    )
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "currency"], condition=models.Q(active=True), name="price_one_active_per_currency"
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0, cost_minor__gte=0), name="price_positive"),
            models.CheckConstraint(condition=models.Q(tax_rate__gte=0, tax_rate__lt=1), name="price_tax_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
