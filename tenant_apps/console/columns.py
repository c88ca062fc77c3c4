"""Names of columns, filters and lists in the reader's language: models say them in English only, for machines."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import filters
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenant_apps.console.reasons import reason_text
from tenant_apps.console.showing import word_of

COLUMNS = {
    "accrued_at": _("earned on"), "active": _("active"), "actor_kind": _("who, kind"), "actor_label": _("who"),
    "aggregate": _("about"), "at": _("when"), "attempts": _("attempts"), "booked_at": _("booked"),
    "cause": _("cause"), "closed_at": _("closed"), "closed_by_label": _("closed by"), "code": _("code"),
    "company": _("company"), "created_at": _("since"), "currency": _("currency"), "customer": _("customer"),
    "customer_ref": _("customer"), "decided_at": _("decided"), "description": _("description"), "domain": _("domain"),
    "done_at": _("done"), "due_at": _("due"), "effective_at": _("effective"), "effective_from": _("from"),
    "effective_to": _("until"), "email": _("e-mail"), "ends_at": _("until"), "enrolled_at": _("since"),
    "enrollment": _("partner"), "entered_at": _("entered"), "entered_by": _("entered by"), "event_id": _("event"),
    "format": _("format"), "found_at": _("found"), "fulfilment_state": _("fulfilment"), "grounds": _("why"),
    "handler": _("handler"), "happened_at": _("happened"), "issued_at": _("issued"), "kind": _("kind"),
    "label": _("period"), "last_asked_at": _("asked last"), "last_seen_at": _("seen last"),
    "last_seen_host": _("seen at"), "matures_at": _("hold ends"), "message": _("message"), "money_state": _("payment"),
    "name": _("name"), "note": _("note"), "number": _("number"), "offer": _("offer"), "order_ref": _("order"),
    "origin": _("origin"), "outcome": _("outcome"), "partner_email": _("e-mail"), "partner_name": _("partner"),
    "partner_ref": _("partner"), "period": _("period"), "phone": _("phone"), "placed_at": _("placed"),
    "policy": _("policy"), "product": _("product"), "program": _("program"), "protected_until": _("protected until"),
    "provider": _("provider"), "public_id": _("id"), "reason": _("reason"), "received_at": _("received"),
    "request_id": _("request"), "requested_at": _("asked on"), "requested_by_label": _("asked for by"),
    "resolved_at": _("resolved"), "resolved_by": _("resolved by"), "role": _("role"), "set_at": _("set"),
    "set_by": _("set by"), "settled_at": _("settled"), "site": _("site"), "slug": _("address"),
    "source": _("source"), "starts_at": _("from"), "state": _("state"), "subject_kind": _("subject"),
    "submitted_at": _("registered"), "times_asked": _("times asked"), "title": _("title"), "type": _("type"),
    "verb": _("what"), "version": _("version"), "worked_off_at": _("worked off"),
}  # fmt: skip
SAID = frozenset({"kind", "role", "state", "money_state", "fulfilment_state", "outcome"})
"""Columns whose values are words that people read in their language."""


def column_of(model: type[models.Model], name: str) -> Callable[[Any], Any] | None:
    """Return a list column for a model's field under its word; None where it is none or has no word."""
    if name not in COLUMNS or name not in {field.name for field in model._meta.get_fields()}:
        return None

    def column(row: Any) -> Any:
        value = getattr(row, name)
        if value and name == "reason":
            return reason_text(value)
        return word_of(value) if value and name in SAID else value

    column.short_description = COLUMNS[name]  # type: ignore[attr-defined]
    column.admin_order_field = name  # type: ignore[attr-defined]
    column.boolean = isinstance(model._meta.get_field(name), models.BooleanField)  # type: ignore[attr-defined]
    return column


class _Worded:
    """A filter whose title and choices stand in the reader's words."""

    title: Any

    def __init__(self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)  # type: ignore[call-arg]
        self.title = COLUMNS.get(field_path.rpartition("__")[2], self.title)

    def choices(self, changelist: Any) -> Any:
        """Yield the choices of the filter, each under its word."""
        for choice in super().choices(changelist):  # type: ignore[misc]
            shown = choice["display"]
            yield choice | {"display": word_of(shown) if isinstance(shown, str) else shown}


class WordedChoices(_Worded, filters.ChoicesFieldListFilter):
    """A filter by a field's choices."""


class WordedValues(_Worded, filters.AllValuesFieldListFilter):
    """A filter by the values that occur."""


class WordedFlag(_Worded, filters.BooleanFieldListFilter):
    """A filter by yes and no."""


class WordedRelation(_Worded, filters.RelatedFieldListFilter):
    """A filter by what is pointed at; its names are people's own words."""

    def choices(self, changelist: Any) -> Any:
        """Return the choices as they are."""
        return filters.RelatedFieldListFilter.choices(self, changelist)


def filter_of(model: type[models.Model], path: str) -> tuple[str, type[filters.FieldListFilter]]:
    """Return a list filter by a field, under its word."""
    field: Any = None
    for part in path.split("__"):
        field = model._meta.get_field(part)
        model = field.related_model or model
    if field.is_relation:
        return path, WordedRelation
    if isinstance(field, models.BooleanField):
        return path, WordedFlag
    return path, WordedChoices if field.choices else WordedValues
