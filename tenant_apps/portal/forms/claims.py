"""What a partner fills in to claim credit, or to answer a claim. The rules of `disputes` decide; here are words."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kernel.errors import DomainError, InvalidInput
from tenant_apps.disputes.files import Shown, read_files
from tenant_apps.disputes.states import Grounds, Position

GROUNDS = {
    Grounds.TOUCH_MISSING: _("My link or website was used, but it is not on record"),
    Grounds.CODE_IGNORED: _("My code was used"),
    Grounds.REGISTERED_DEAL: _("I had registered this customer"),
    Grounds.OWN_CUSTOMER: _("It is my own customer"),
    Grounds.WRONG_SHARE: _("My share is too small"),
    Grounds.OTHER: _("Something else"),
}
POSITIONS = {Position.CONTESTS: _("I contest it"), Position.AGREES: _("I agree")}
WRONG = {
    "order": gettext_noop("There is no sale of this number that can still be claimed; claims end some weeks after it."),
    "enrollment": gettext_noop("Only an active deal can claim."),
    "claimed": gettext_noop("Give a part of the whole that is more than you have, such as 1/2, 0.5 or 50 %."),
    "statement": gettext_noop("Please say in at most 4,000 characters what happened."),
    "links": gettext_noop("Please give web addresses, one a line, at most ten."),
    "files": gettext_noop("Please choose PDF, PNG, JPEG or plain text files of at most 5 MB, at most ten."),
}


class Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, each known by its bytes."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[Shown]:  # noqa: ARG002  (Django's own signature)
        """Return the files that may be kept; the first that may not names the field."""
        given: list[UploadedFile[bytes]] = [each for each in (data or []) if each]
        try:
            return read_files(given)
        except InvalidInput as wrong:
            raise forms.ValidationError(translated(WRONG["files"])) from wrong


class TellingForm(forms.Form):
    """What somebody says happened, and shows."""

    statement = forms.CharField(
        label=_("What happened"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The brand reads it, and so does the other side."),
    )  # fmt: skip
    links = forms.CharField(
        label=_("Web addresses that show it"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line."),
    )  # fmt: skip
    files = FilesField(  # type: ignore[assignment]  # a declared field, which Django takes out
        label=_("Files that show it"), required=False,
        help_text=_("PDF, PNG, JPEG or plain text, at most 5 MB each. Only the brand sees them."),
    )  # fmt: skip

    def clean_links(self) -> list[str]:
        """Return the web addresses, one a line."""
        return [line.strip() for line in self.cleaned_data["links"].splitlines() if line.strip()]

    def refuse(self, wrong: DomainError) -> None:
        """Show each refusal at its field, in the reader's language; any other above the form."""
        named = wrong.errors if isinstance(wrong, InvalidInput) else []
        fields = {error["field"].partition("[")[0] for error in named} & set(WRONG)
        for field in fields:
            self.add_error(field if field in self.fields else None, translated(WRONG[field]))
        if not fields:
            self.add_error(None, translated(REFUSED.get(wrong.code, REFUSED[""])) % wrong.details)


REFUSED = {
    "dispute_open": gettext_noop("Your claim on this sale is open already."),
    "too_many_claims_waiting": gettext_noop(
        "%(most)s of your claims wait for the brand to look which sale you mean, and no more may. "
        "Take one back, or file this one when it has looked at another."
    ),
    "dispute_closed": gettext_noop("The time to be heard is over."),
    "": gettext_noop("This cannot be done now. Nothing was changed."),
}


class AnswerForm(TellingForm):
    """What a counterparty says to a claim."""

    position = forms.ChoiceField(
        label=_("What you say to it"), choices=[(each.value, words) for each, words in POSITIONS.items()]
    )
    field_order = ("position", "statement", "links", "files")


class ClaimForm(TellingForm):
    """A claim to a part of a sale's credit."""

    order = forms.CharField(
        label=_("Number of the order"), max_length=60, help_text=_("As in #1042, or the id that begins with ord_.")
    )
    enrollment = forms.ChoiceField(label=_("For your deal as"))
    claimed = forms.CharField(
        label=_("Part of the credit that is yours"), max_length=20, initial="1/2",
        help_text=_("Of the whole sale, with what you have already: 1, 1/2, 0.25 or 25 %."),
    )  # fmt: skip
    grounds = forms.ChoiceField(label=_("Why"), choices=[(each.value, words) for each, words in GROUNDS.items()])
    field_order = ("order", "enrollment", "claimed", "grounds", "statement", "links", "files")

    def __init__(self, *args: Any, deals: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["enrollment"].choices = [(deal.public_id, str(deal)) for deal in deals]  # type: ignore[attr-defined]
        if len(deals) == 1:
            self.fields["enrollment"].widget = forms.HiddenInput()
            self.fields["enrollment"].initial = deals[0].public_id
