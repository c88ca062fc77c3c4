from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError, InvalidInput
from shared_apps.accounts.wording import reader_text
from tenant_apps.attribution.queries import columns_of_import
from tenant_apps.console.forms.base import VerbForm

KINDS = {
    "conversions": _("sales made elsewhere"),
    "touches": _("touches before a sale"),
    "refunds": _("refunds of such sales, paid there"),
}


class ImportForm(VerbForm):
    """A file of another system: read whole, shown, and taken only after that."""

    title, submit = _("Import a file"), _("Check the file")
    help = _("First it is only checked: every mistake is named by row and column, and nothing is taken.")

    kind = forms.ChoiceField(
        label=_("The rows are"),
        choices=list(KINDS.items()),
    )
    source = forms.CharField(
        label=_("Name of the other system"), max_length=40, widget=forms.TextInput(attrs={"placeholder": "webshop"})
    )
    file = forms.FileField(label=_("CSV file, UTF-8"), max_length=120)

    #: What is wrong in the file, as row, column and sentence.
    mistakes: tuple[tuple[str, str, str], ...] = ()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["file"].help_text = _columns_text()

    def text(self) -> str:
        """Return what the file holds. Raises InvalidInput when it is no text."""
        try:
            return str(self.cleaned_data["file"].read().decode("utf-8-sig"))
        except UnicodeDecodeError as wrong:
            raise InvalidInput(field="file", message=str(_("is no UTF-8 text: save it as CSV UTF-8"))) from wrong

    def take(self, refused: DomainError) -> None:
        """Show the mistakes of the file as a table, all others at their field."""
        errors = refused.errors if isinstance(refused, InvalidInput) else []
        inside = [error for error in errors if error["field"].startswith(("rows", "header"))]
        self.mistakes = tuple(_placed(error) for error in inside)
        if inside:
            self.add_error("file", _("Nothing was taken: the file has mistakes, listed below."))
        rest: Any = [error for error in errors if error not in inside]
        if rest or not errors:
            super().take(InvalidInput(errors=rest) if rest else refused)


def _placed(error: dict[str, str]) -> tuple[str, str, str]:
    """Return row, column and sentence of a mistake; the header is row 1."""
    place, _dot, column = error["field"].partition(".")
    row = place.partition("[")[2].partition("]")[0] or ("1" if place == "header" else "")
    return row, column, reader_text(error["message"])


def _columns_text() -> SafeString:
    """Say for each kind of file which columns it must have and which it may have, in any order."""
    rows = [(name, *map(", ".join, columns_of_import(kind))) for kind, name in KINDS.items()]
    return format_html_join(mark_safe("<br>"), gettext("{}: {} and, where they are known, {}"), rows)
