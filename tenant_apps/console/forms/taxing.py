from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from tenant_apps.console.forms.base import VerbForm

DAY = forms.DateInput(attrs={"type": "date"})


class VatRateForm(VerbForm):
    """A country's standard rate from a day on."""

    title, submit = _("Say a rate of VAT"), _("Say it")
    help = _(
        "Tributary knows the standard rates of the EU, Great Britain, Switzerland, Norway and Korea since 2024. Say "
        "here what changes or is missing: closes that end on that day or later use it, what is settled stays."
    )

    country = forms.CharField(label=_("Country, two letters"), min_length=2, max_length=2)
    rate = forms.DecimalField(
        label=_("Standard rate, in percent"), min_value=0, max_value=100, max_digits=7, decimal_places=4
    )
    starts_on = forms.DateField(label=_("From this day on"), widget=DAY)
    source = forms.CharField(label=_("Where it is written: a law, a notice of the tax office"), max_length=200)

    @property
    def share(self) -> str:
        """The rate as the action takes it: 19 is 0.19."""
        percent: Decimal = self.cleaned_data["rate"]
        return f"{percent / 100:f}"


class VatRateEndForm(VerbForm):
    """From which day on a rate no longer holds."""

    title, submit = _("End a rate of VAT"), _("End it")
    help = _(
        "From that day on the built-in rate counts, or what you say next. A rate that was said wrongly ends on its own "
        "first day. Statements that are issued stay as they are; correct them one by one."
    )

    ends_on = forms.DateField(label=_("First day without it"), widget=DAY)
    confirmed = forms.BooleanField(label=_("I have checked country and day"))
