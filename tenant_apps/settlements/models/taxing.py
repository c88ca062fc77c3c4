from functools import partial

from django.db import models
from django.db.models import Q

from kernel.ids import public_id


class VatRate(models.Model):
    """A country's standard rate of VAT from a day on, as an operator said it; it comes before the built-in table."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "vat"), editable=False)
    country = models.CharField(max_length=2)
    rate = models.DecimalField(max_digits=7, decimal_places=6)
    starts_on = models.DateField(help_text="In the brand's zone.")
    source = models.CharField(max_length=200, help_text="Where it is written: a law, a notice of the tax office.")
    said_at = models.DateTimeField()
    said_by = models.CharField(max_length=64)
    said_by_label = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="vat_rate_is_a_share")]

    def __str__(self) -> str:
        return f"{self.country} {self.rate} from {self.starts_on}"
