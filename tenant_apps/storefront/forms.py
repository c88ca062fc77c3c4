import re
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from kernel.countries import named_countries
from kernel.ids import public_id
from shared_apps.accounts.wording import reader_text

NONCE = re.compile(r"^[A-Za-z0-9_-]{16,60}$")


class OrderForm(forms.Form):
    """Who buys how much. The nonce makes a second press of the button the same order."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("Only used for this order."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("This is not an e-mail address, such as name@example.com."),
        },
    )  # fmt: skip
    name = forms.CharField(
        label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )  # fmt: skip
    country = forms.ChoiceField(
        label=_("Country"), required=False, widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={"invalid_choice": _("Choose a country of the list.")},
    )  # fmt: skip
    quantity = forms.IntegerField(
        label=_("Quantity"), min_value=1, max_value=99, initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter how many you want."), "invalid": _("Enter a whole number."),
            "min_value": _("Enter 1 or more."), "max_value": _("At most 99 can be ordered at once."),
        },
    )  # fmt: skip
    code = forms.CharField(
        label=_("Coupon code"), max_length=40, required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"max_length": _("This code is not known.")},
    )  # fmt: skip
    nonce = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        countries = named_countries(get_language() or "en")
        self.fields["country"].choices = [("", _("Not given")), *countries]  # type: ignore[attr-defined]

    def refuse(self, errors: list[dict[str, str]]) -> None:
        """Show each refusal at its field, a code that is none in the reader's words."""
        for error in errors:
            told = translated("This code is not known.") if error["field"] == "code" else reader_text(error["message"])
            self.add_error(error["field"] if error["field"] in self.fields else None, told)

    def clean_nonce(self) -> str:
        """Replace a nonce that is none, so that a broken page can still buy."""
        nonce = str(self.cleaned_data.get("nonce") or "")
        return nonce if NONCE.match(nonce) else public_id("non")
