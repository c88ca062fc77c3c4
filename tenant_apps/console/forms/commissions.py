import secrets
from dataclasses import replace
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.clock import aware
from tenant_apps.commissions.queries import Selection
from tenant_apps.commissions.states import ORIGINALS
from tenant_apps.console.forms.base import VerbForm
from tenant_apps.console.reasons import KINDS
from tenant_apps.programs.states import ManualLines


class ManualLineForm(VerbForm):
    """What a person decides that a partner earns, or owes, beside the rules."""

    title, submit = _("Line by hand"), _("Write the line")
    help = _("The partner reads the reason. A line of an order follows its refunds; without one it stays.")
    renamed = {"amount_minor": "amount"}

    amount = forms.CharField(label=_("Amount, negative when the partner owes it"), max_length=30)
    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3)
    reason = forms.CharField(label=_("Reason"), max_length=500)
    order = forms.CharField(label=_("Order, its id"), max_length=40, required=False)
    line = forms.CharField(label=_("Line of the order, its id"), max_length=40, required=False)
    hold = forms.ChoiceField(
        label=_("Delivery and hold"), required=False,
        choices=[
            ("", _("as the contract says")),
            (ManualLines.OBEY, _("waits for both")),
            (ManualLines.BYPASS, _("payable at once")),
        ],
    )  # fmt: skip
    nonce = forms.CharField(widget=forms.HiddenInput, max_length=40, initial=partial(secrets.token_urlsafe, 16))


class ExchangeRateForm(VerbForm):
    """What one unit of a currency was worth in another on a day."""

    title, submit = _("Exchange rate"), _("Record the rate")
    help = _("Sales that contracts convert are paid at the rate of their day. What was paid keeps its own for ever.")

    base = forms.CharField(label=_("One unit of"), min_length=3, max_length=3)
    quote = forms.CharField(label=_("is worth, in"), min_length=3, max_length=3)
    rate = forms.DecimalField(label=_("so much"), max_digits=20, decimal_places=10)
    day = forms.DateField(label=_("On the day"), widget=forms.DateInput(attrs={"type": "date"}))
    source = forms.CharField(label=_("Where it is from"), max_length=80, initial="ECB")


class HeldForm(VerbForm):
    """Which held commissions without a price are meant; what is empty does not matter."""

    title, submit = _("Price again"), _("Show what it comes to")

    partner = forms.ChoiceField(label=_("Partner"), required=False)
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False)
    order = forms.CharField(label=_("Order, its id"), max_length=40, required=False)
    since = forms.DateTimeField(label=_("Accrued from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    before = forms.DateTimeField(
        label=_("Accrued before"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, partners: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["partner"].choices = [("", _("any")), *partners]  # type: ignore[attr-defined]

    def selection(self) -> Selection:
        """Return it as the queries know it; days begin at the brand's midnight."""
        said = self.cleaned_data
        return Selection(
            partner=said["partner"], currency=said["currency"].upper(), order=said["order"].strip(),
            accrued_from=said["since"] and aware(said["since"]),
            accrued_before=said["before"] and aware(said["before"]),
        )  # fmt: skip


class SelectionForm(HeldForm):
    """Which pending commissions are meant; what is empty does not matter."""

    title, submit = _("Confirm in bulk"), _("Show what is meant")
    field_order = ["partner", "kind", "currency", "rule", "order", "since", "before"]

    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("any")), *((kind.value, KINDS[kind]) for kind in ORIGINALS)]
    )
    rule = forms.CharField(label=_("Rule"), max_length=60, required=False)

    def selection(self) -> Selection:
        """Return it as the queries know it."""
        return replace(super().selection(), kind=self.cleaned_data["kind"], rule=self.cleaned_data["rule"])
