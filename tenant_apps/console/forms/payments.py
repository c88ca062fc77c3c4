from django import forms
from django.utils.translation import gettext_lazy as _

from tenant_apps.console.forms.base import VerbForm


class PaymentAccountForm(VerbForm):
    """The brand's own account at Stripe: it is the merchant of record."""

    title, submit = _("Payment account"), _("Connect")
    help = _("Both secrets are stored encrypted and never shown again. Send Stripe's events to /webhooks/stripe.")

    account_id = forms.CharField(label=_("Account id (acct_…)"), max_length=64)
    secret_key = forms.CharField(label=_("Secret key (sk_…)"), widget=forms.PasswordInput, max_length=255)
    webhook_secret = forms.CharField(label=_("Signing secret (whsec_…)"), widget=forms.PasswordInput, max_length=255)


class PayingAccountForm(VerbForm):
    """The account of the brand that bank files are paid from."""

    title, submit = _("Account that pays"), _("Keep it")
    help = _("Bank files of batches that are drawn up from now on name it as the payer; earlier ones keep their own.")

    holder = forms.CharField(label=_("Account holder"), max_length=70)
    iban = forms.CharField(label=_("IBAN"), max_length=42)
    bic = forms.CharField(label=_("BIC"), max_length=14, required=False)
    confirmed = forms.BooleanField(label=_("I have compared every character with the bank's statement"))
