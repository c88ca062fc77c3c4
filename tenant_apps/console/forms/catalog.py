from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.errors import InvalidInput
from tenant_apps.catalog.models import Product
from tenant_apps.console.forms.base import VerbForm


class PriceForm(VerbForm):
    """A price in the brand's currency; it replaces the active one, which stays as history."""

    title, submit = _("New price"), _("Set the price")
    help = _("Prices are never edited: the new one replaces the old one, and orders keep what they were sold at.")
    renamed = {"amount_minor": "price", "cost_minor": "cost"}

    price = forms.CharField(label=_("Price, tax included"), max_length=30)
    cost = forms.CharField(label=_("What one unit costs you"), required=False, max_length=30)
    tax_rate = forms.CharField(label=_("Tax in percent, included in the price"), initial="0", max_length=8)

    def tax(self) -> Decimal:
        """Return the tax as a fraction: 19 is 0.19. Raises InvalidInput."""
        typed = self.cleaned_data["tax_rate"].strip()
        if not typed.replace(".", "", 1).isdigit():
            raise InvalidInput(field="tax_rate", message=str(_("Give a number such as 19 or 7.5.")))
        return Decimal(typed) / 100


class OfferForm(PriceForm):
    """A product, its offer and its first price in one go; the offer starts as a draft."""

    title, submit = _("New offer"), _("Create the draft")
    help = _("Nobody sees a draft. Publish it when you like what you read.")
    renamed = {**PriceForm.renamed, "slug": "code", "name": "offer_title", "title": "offer_title"}

    offer_title = forms.CharField(label=_("Title"), max_length=160)
    code = forms.SlugField(label=_("Code: in the address, and in commission rules"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=Product.Kind.choices)
    summary = forms.CharField(label=_("Summary"), max_length=300, required=False)
    description = forms.CharField(
        label=_("Description"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    field_order = ("offer_title", "code", "kind", "summary", "description", "price", "cost", "tax_rate")
