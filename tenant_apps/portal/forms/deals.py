"""A prospect that a partner registers. The rules of attribution decide; here are only words and fields."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kernel.errors import DomainError, InvalidInput
from kernel.money import Money
from shared_apps.accounts.wording import reader_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenant_apps.programs.models import Enrollment

WRONG = {
    "company": gettext_noop("Please say who the prospect is, with at most 160 characters."),
    "email": gettext_noop("Please give an e-mail address, a domain or a phone number that is right."),
    "domain": gettext_noop("This is no domain of its own, such as example.com; free mail providers do not count."),
    "phone": gettext_noop("Please give the phone number with its country, such as +49 30 1234567."),
    "expected_minor": gettext_noop("Please give an amount, such as 1200 or 1200.50."),
    "expected": gettext_noop("Please give an amount, such as 1200 or 1200.50."),
    "note": gettext_noop("This has too many characters."),
    "": gettext_noop("This cannot be registered now. Nothing was changed."),
}
OFF = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}


class DealForm(forms.Form):
    """Who the prospect is, and what the partner expects of it."""

    enrollment = forms.ChoiceField(label=_("For your contract as"))
    company = forms.CharField(label=_("Company or person"), max_length=160)
    email = forms.CharField(
        label=_("E-mail"), max_length=254, required=False,
        widget=forms.TextInput(attrs=OFF | {"inputmode": "email"}),
    )  # fmt: skip
    domain = forms.CharField(
        label=_("Domain of its e-mails"), max_length=253, required=False, widget=forms.TextInput(attrs=OFF),
        help_text=_("Everybody with an address at this domain is then protected."),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs=OFF | {"inputmode": "tel"})
    )
    expected = forms.CharField(
        label=_("What you expect to sell"), max_length=30, required=False,
        widget=forms.TextInput(attrs=OFF | {"inputmode": "decimal"}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note for the brand"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, deals: "Sequence[Enrollment]", currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["enrollment"].choices = [  # type: ignore[attr-defined]
            (deal.public_id, f"{deal.program.name} · {deal.role}") for deal in deals
        ]
        self.fields["expected"].label = f"{translated('What you expect to sell')} ({currency})"
        if len(deals) == 1:
            self.fields["enrollment"].widget = forms.HiddenInput()
            self.fields["enrollment"].initial = deals[0].public_id

    def clean_expected(self) -> int:
        """Return the expected amount in minor units; empty is 0."""
        typed = self.cleaned_data["expected"].strip()
        try:
            return Money.parse_decimal(typed, self.currency).minor if typed else 0
        except InvalidInput as wrong:
            raise forms.ValidationError(translated(WRONG["expected"])) from wrong

    def refuse(self, wrong: DomainError) -> None:
        """Show each refusal at its field, in the reader's language."""
        errors = wrong.errors if isinstance(wrong, InvalidInput) else []
        for error in errors:
            field = "expected" if error["field"] == "expected_minor" else error["field"]
            told = translated(WRONG[error["field"]]) if error["field"] in WRONG else reader_text(error["message"])
            self.add_error(field if field in self.fields else None, told)
        if not errors:
            self.add_error(None, translated(WRONG[""]))
