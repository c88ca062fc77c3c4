"""What a partner says of its tax and its account. The rules of `partners` decide; here are only words and fields."""

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kernel.countries import named_countries
from kernel.errors import InvalidInput
from shared_apps.partners.actions import PayoutFacts, TaxFacts
from shared_apps.partners.queries import PayoutProfile, TaxProfile
from shared_apps.partners.states import PayoutMethod, VatStatus
from tenant_apps.portal.views.wording import language

WRONG = {
    "legal_name": gettext_noop("Please give the name that stands in the register or in your passport."),
    "legal_address": gettext_noop("Please give street, place and postal code."),
    "country": gettext_noop("Please choose a country."),
    "vat_status": gettext_noop("Please choose what applies to you."),
    "vat_id": gettext_noop("This number does not fit the country and status above; please check every character."),
    "tax_number": gettext_noop("This has too many characters."),
    "holder": gettext_noop("Please give the name on the account, at most 70 characters."),
    "account": gettext_noop("This is no valid account number; please check every character."),
    "bic": gettext_noop("This is no valid BIC; with an account number that is no IBAN it is needed."),
    "stripe_account": gettext_noop("This is no connected account; it begins with acct_."),
}


class TaxForm(forms.Form):
    """Name, address and tax of the legal person."""

    legal_name = forms.CharField(label=_("Legal name"), max_length=160)
    legal_address = forms.CharField(
        label=_("Address"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"})
    )
    country = forms.ChoiceField(label=_("Country"))
    vat_status = forms.ChoiceField(
        label=_("VAT"),
        choices=[
            ("", _("Please choose")),
            (VatStatus.REGISTERED, _("Registered for VAT")),
            (VatStatus.SMALL_BUSINESS, _("Small business, exempt from VAT")),
            (VatStatus.PRIVATE, _("Private person")),
        ],
    )
    vat_id = forms.CharField(
        label=_("VAT number"),
        max_length=30,
        required=False,
        help_text=_("With the country's letters, such as DE136695976."),
    )
    tax_number = forms.CharField(label=_("Tax number"), max_length=40, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["country"].choices = [("", _("Please choose")), *named_countries(language())]  # type: ignore[attr-defined]

    @property
    def facts(self) -> TaxFacts:
        """What was said, as the rules take it."""
        said = self.cleaned_data
        return TaxFacts(**said | {"vat_status": VatStatus(said["vat_status"])})

    def refuse(self, wrong: InvalidInput) -> None:
        """Show each refusal at its field, in the reader's language."""
        _refuse(self, wrong)


class PayoutForm(forms.Form):
    """Where the money goes. The account is typed anew with every change: what is stored is never shown."""

    method = forms.ChoiceField(
        label=_("Pay me by"),
        choices=[
            (PayoutMethod.BANK, _("Bank transfer")),
            (PayoutMethod.STRIPE, _("Stripe account")),
            (PayoutMethod.MANUAL, _("By hand, as agreed with each brand")),
        ],
        help_text=_("It holds for every brand you work with. A bank transfer needs the account below."),
    )
    holder = forms.CharField(
        label=_("Account holder"), max_length=70, required=False,
        help_text=_("Exactly as your bank knows it; another name can make the transfer come back."),
    )  # fmt: skip
    account = forms.CharField(
        label=_("IBAN or account number"), max_length=60, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Typed anew with every change. Afterwards only its last four characters are shown."),
    )  # fmt: skip
    bic = forms.CharField(
        label=_("BIC"), max_length=14, required=False, help_text=_("Needed only where the account has no IBAN.")
    )
    stripe_account = forms.CharField(
        label=_("Connected account"), max_length=64, required=False, help_text=_("For Stripe: begins with acct_.")
    )

    @property
    def facts(self) -> PayoutFacts:
        """What was said, as the rules take it."""
        said = self.cleaned_data
        return PayoutFacts(**said | {"method": PayoutMethod(said["method"])})

    def refuse(self, wrong: InvalidInput) -> None:
        """Show each refusal at its field, in the reader's language."""
        _refuse(self, wrong)


def tax_initial(tax: TaxProfile) -> dict[str, str]:
    """Return what the form shows of the profile in force."""
    status = "" if tax.vat_status is VatStatus.UNKNOWN else tax.vat_status.value
    return {
        "legal_name": tax.legal_name, "legal_address": tax.legal_address, "country": tax.country,
        "vat_status": status, "vat_id": tax.vat_id, "tax_number": tax.tax_number,
    }  # fmt: skip


def payout_initial(profile: PayoutProfile | None) -> dict[str, str]:
    """Return what the form shows of the profile in force: never the account."""
    if profile is None:
        return {}
    return {
        "method": profile.method, "holder": profile.holder, "bic": profile.bic, "stripe_account": profile.stripe_account
    }  # fmt: skip


def _refuse(form: forms.Form, wrong: InvalidInput) -> None:
    for field in dict.fromkeys(error["field"] for error in wrong.errors):
        form.add_error(field if field in form.fields else None, translated(WRONG[field]))
