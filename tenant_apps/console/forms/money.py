from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenant_apps.console.forms.base import VerbForm


class OutsideRefundForm(VerbForm):
    """What another system gave back of an order that it was paid for."""

    title, submit = _("Record a refund paid elsewhere"), _("Record it")
    help = _(
        "For a sale that another system was paid for. No money of yours moves: the order has that much less, and "
        "commissions are taken back by the same share, also when they were paid out. It cannot be undone."
    )
    renamed = {"amount_minor": "amount", "external_id": "reference"}

    amount = forms.CharField(label=_("Amount"), max_length=30, widget=forms.TextInput({"inputmode": "decimal"}))
    refunded_on = forms.DateField(label=_("Day on which it went back"), widget=forms.DateInput({"type": "date"}))
    reference = forms.CharField(label=_("The refund's id in the other system"), max_length=80)
    reason = forms.CharField(label=_("Reason"), max_length=300)
    confirmed = forms.BooleanField(label=_("I have seen in the other system that it was paid"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if left := self.initial.get("left"):
            self.fields["amount"].label = _("Amount, at most %(left)s") % {"left": left}


class SetOffForm(VerbForm):
    """A debt at another brand of the legal entity, kept of what this one owes."""

    title, submit = _("Set off a debt"), _("Propose it")
    help = _(
        "The partner is paid less here by what it owes another brand of your legal entity. Finance of that brand "
        "approves it; then both books have it, and it stands on both next statements. Money that a payout is to pay "
        "already is left alone."
    )
    renamed = {"amount_minor": "amount"}

    debt = forms.ChoiceField(label=_("Debt, with the most that may be set off"))
    amount = forms.CharField(label=_("Amount; empty means as much as there is"), required=False, max_length=30)
    reason = forms.CharField(label=_("Reason: the partner reads it on its statements"), max_length=500)
    confirmed = forms.BooleanField(label=_("I have checked partner, brand and amount"))

    def offer(self, debts: list[tuple[str, str]]) -> None:
        """Say which debts there are; without any the form says what has to be so first."""
        self.fields["debt"].choices = debts  # type: ignore[attr-defined]
        if not debts:
            self.fields["debt"].help_text = _(
                "There is none now. Both brands name the same legal entity and allow it under the partner's tax and "
                "netting, the partner agreed at both, and it is owed money here and owes some there."
            )


class AdjustmentForm(VerbForm):
    """An amount that no line explains, or a debt that is given up."""

    title, submit = _("New adjustment or write-off"), _("Propose it")
    help = _(
        "A second person approves it; then it is booked and stands on the partner's next statement. Give an amount "
        "with a minus sign to take money. A debt is written off when all deals of the partner have ended."
    )
    renamed = {"amount_minor": "amount", "partner_ref": "partner"}

    partner = forms.ChoiceField(label=_("Partner"))
    what = forms.ChoiceField(
        label=_("What it is"),
        choices=[("manual", _("A sum that was agreed on")), ("write_off", _("A debt to write off"))],
    )
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3)
    amount = forms.CharField(
        label=_("Amount; of a write-off empty means all of the debt"), required=False, max_length=30
    )
    reason = forms.CharField(label=_("Reason: the partner reads it on its statement"), max_length=500)
    confirmed = forms.BooleanField(label=_("I have checked partner, sign and amount"))

    def offer(self, partners: list[tuple[str, str]], currency: str) -> None:
        """Say whom it may be about; the brand's currency is the usual one."""
        self.fields["partner"].choices = partners  # type: ignore[attr-defined]
        self.fields["currency"].initial = currency
