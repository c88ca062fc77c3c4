from typing import TYPE_CHECKING, Any

from django import forms

from kernel.errors import DomainError, InvalidInput
from kernel.money import Money
from shared_apps.accounts.wording import reader_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class VerbForm(forms.Form):
    """A form in front of one action: what the action refuses is shown at its field, what was typed stays."""

    title: "StrOrPromise" = ""
    submit: "StrOrPromise" = ""
    help: "StrOrPromise" = ""
    #: Names of the action's fields where they differ from the form's.
    renamed: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "tb-input")

    def take(self, refused: DomainError) -> None:
        """Show a refusal at the fields it names, else above the form."""
        errors = refused.errors if isinstance(refused, InvalidInput) else []
        named = str(refused.details.get("field", ""))
        for error in errors or [{"field": named, "message": refused.message}]:
            field = error["field"].split(".")[0].split("[")[0]
            field = self.renamed.get(field, field)
            rest = error["field"][len(error["field"].split(".")[0].split("[")[0]) :]
            self.add_error(field if field in self.fields else None, f"{rest} {reader_text(error['message'])}".strip())

    def minor(self, name: str, currency: str) -> int:
        """Return a typed amount in minor units; empty is 0. Raises InvalidInput naming the field."""
        typed = str(self.cleaned_data.get(name) or "").strip()
        return Money.parse_decimal(typed, currency, field=name).minor if typed else 0
