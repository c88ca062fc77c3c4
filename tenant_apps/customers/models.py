from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.customers.states import LeadState


class Customer(models.Model):
    """Who bought or asked, known by a normalized e-mail."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "cus"), editable=False)
    email = models.EmailField(unique=True, help_text="Trimmed and lower case.")
    name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name or self.email


class Lead(models.Model):
    """Somebody asked about an offer on a site; asked again, the same lead counts up."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "led"), editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="leads")
    site = models.ForeignKey("tracking.Site", models.PROTECT, null=True, related_name="leads")
    offer = models.ForeignKey("catalog.Offer", models.PROTECT, null=True, related_name="leads")
    visitor_ref = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="As told with it, ISO 3166; empty: not known.")
    metadata = models.JSONField(default=dict, help_text="What the site says of the wish: texts by name.")
    page_url = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=16, default=LeadState.NEW, editable=False)
    times_asked = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    last_asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "offer"],
                condition=models.Q(state__in=["new", "contacted"]),
                name="lead_one_open_per_offer",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"Lead of {self.customer}"
