from datetime import date
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

    @property
    def ends_on(self) -> date | None:
        """The first day on which it no longer holds; None while nobody ended it."""
        end: VatRateEnd | None = getattr(self, "end", None)
        return end.ends_on if end else None

    def __str__(self) -> str:
        return f"{self.country} {self.rate} from {self.starts_on}"


class VatRateEnd(models.Model):
    """From a day on a rate no longer holds; if that is its own first day, it is taken back as if never said."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "vte"), editable=False)
    rate = models.OneToOneField(VatRate, models.PROTECT, related_name="end")
    ends_on = models.DateField(help_text="In the brand's zone; the first day without it.")
    said_at = models.DateTimeField()
    said_by = models.CharField(max_length=64)
    said_by_label = models.CharField(max_length=160, blank=True)

    def __str__(self) -> str:
        return f"{self.rate} until {self.ends_on}"
