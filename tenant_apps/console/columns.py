"""Names of columns, filters and lists in the reader's language: models say them in English only, for machines."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.admin import filters
from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shared_apps.accounts.wording import reader_text
from tenant_apps.attribution.queries import role_text
from tenant_apps.console.deeds import ACTORS, actor_text, subject_text, verb_text
from tenant_apps.console.reasons import GROUNDS, reason_text
from tenant_apps.console.showing import amount, word_of
from tenant_apps.disputes.states import Grounds
from tenant_apps.settlements.documents import Bounded, period_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COLUMNS = {
    "accrued_at": _("earned on"), "active": _("active"), "actor_kind": _("who, kind"), "actor_label": _("who"),
    "aggregate": _("about"), "amount_minor": _("amount"), "approved_by_label": _("approved by"), "at": _("when"),
    "attempt": _("attempt"), "attempts": _("attempts"), "base": _("one unit of"), "booked_at": _("booked"),
    "cause": _("cause"), "checked_at": _("checked"), "checked_by": _("checked by"), "claimant": _("claimant"),
    "closed_at": _("closed"), "closed_by_label": _("closed by"), "code": _("code"), "company": _("company"),
    "count": _("payouts"), "country": _("country"), "created_at": _("since"), "currency": _("currency"),
    "customer": _("customer"), "customer_ref": _("customer"), "day": _("day"), "decided_at": _("decided"),
    "decided_by_label": _("decided by"), "description": _("description"), "domain": _("domain"), "done_at": _("done"),
    "due_at": _("due"), "effective_at": _("effective"), "effective_from": _("from"), "effective_to": _("until"),
    "email": _("e-mail"), "ends_at": _("until"), "enrolled_at": _("since"), "enrollment": _("partner"),
    "entered_at": _("entered"), "entered_by": _("entered by"), "error": _("why it failed"), "event_id": _("event"),
    "failure": _("why it failed"), "format": _("format"), "found_at": _("found"), "fulfilment_state": _("fulfilment"),
    "grounds": _("why"), "handler": _("handler"), "happened_at": _("happened"), "issued_at": _("issued"),
    "kind": _("kind"), "label": _("period"), "last_asked_at": _("asked last"), "last_seen_at": _("seen last"),
    "last_seen_host": _("seen at"), "made_at": _("drawn up"), "made_by_label": _("drawn up by"),
    "matures_at": _("hold ends"), "message": _("message"), "method": _("method"), "money_state": _("payment"),
    "name": _("name"), "note": _("note"), "number": _("number"), "offer": _("offer"), "order_ref": _("order"),
    "origin": _("origin"), "outcome": _("outcome"), "partner_email": _("e-mail"), "partner_name": _("partner"),
    "partner_ref": _("partner"), "period": _("period"), "phone": _("phone"), "placed_at": _("placed"),
    "policy": _("policy"), "product": _("product"), "program": _("program"), "proposed_at": _("proposed"),
    "proposed_by_label": _("proposed by"), "protected_until": _("protected until"), "provider": _("provider"),
    "provider_refund_id": _("id at the provider"), "public_id": _("id"), "quote": _("is worth, in"), "rate": _("rate"),
    "reason": _("reason"), "received_at": _("received"), "recorded_at": _("recorded"), "request_id": _("request"),
    "requested_at": _("asked on"), "requested_by_label": _("asked for by"), "resolved_at": _("resolved"),
    "resolved_by": _("resolved by"), "role": _("role"), "set_at": _("set"), "set_by": _("set by"),
    "settled_at": _("settled"), "site": _("site"), "slug": _("address"), "source": _("source"), "starts_at": _("from"),
    "state": _("state"), "statement": _("statement"), "subject_id": _("id of the subject"),
    "subject_kind": _("subject"), "submitted_at": _("registered"), "times_asked": _("times asked"), "title": _("title"),
    "type": _("type"), "verb": _("what"), "version": _("version"), "worked_off_at": _("worked off"),
}  # fmt: skip


def grounds_text(code: str) -> str:
    """Return why credit is claimed; what is no such code stays."""
    return str(GROUNDS[Grounds(code)]) if code in set(Grounds) else code


def period_named(period: str | Bounded) -> str:
    """Return "May 2026" for 2026-05, in the reader's language; what is no period stays."""
    return period_text(period, language=get_language() or "en")


SAID: dict[str, Callable[[str], Any]] = {
    "kind": word_of, "role": role_text, "state": word_of, "money_state": word_of, "fulfilment_state": word_of,
    "outcome": word_of, "method": word_of, "format": word_of, "origin": word_of, "source": word_of,
    "reason": reason_text, "grounds": grounds_text, "verb": verb_text, "subject_kind": subject_text,
    "actor_kind": lambda kind: ACTORS.get(kind, kind), "period": period_named, "label": period_named,
    "failure": reader_text, "error": reader_text, "note": reader_text, "on_paper": word_of,
}  # fmt: skip
SAID |= dict.fromkeys(
    ("actor_label", "approved_by_label", "checked_by", "closed_by_label", "decided_by_label", "entered_by",
     "made_by_label", "proposed_by_label", "requested_by_label", "resolved_by", "set_by"), actor_text
)  # fmt: skip
"""Columns whose values are words that people read in their language, and how each is said."""


def column_of(model: type[models.Model], name: str) -> Callable[[Any], Any] | None:
    """Return a list column for a model's field under its word; None where it is none or has no word."""
    if name not in COLUMNS or name not in {field.name for field in model._meta.get_fields()}:
        return None

    def column(row: Any) -> Any:
        value = getattr(row, name)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return SAID[name](value) if value and name in SAID else value

    column.short_description = COLUMNS[name]  # type: ignore[attr-defined]
    column.admin_order_field = name  # type: ignore[attr-defined]
    return column


def facts_of(row: Any, names: tuple[str, ...]) -> list[tuple[Any, Any]]:
    """Return some fields of an object under their words, as its page lists them."""
    return [(COLUMNS[name], _fact(row, name)) for name in names]


def _fact(row: Any, name: str) -> Any:
    value = getattr(row, name)
    if name.endswith("_minor"):
        return amount(value, row.currency)
    if value and name in SAID:
        return SAID[name](value)
    if isinstance(value, datetime):
        return date_format(localtime(value), "DATETIME_FORMAT")
    return date_format(value) if isinstance(value, date) else value


class _Worded:
    """A filter whose title and choices stand in the reader's words."""

    title: Any
    named: str

    def __init__(self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)  # type: ignore[call-arg]
        self.named = field_path.rpartition("__")[2]
        self.title = COLUMNS.get(self.named, self.title)

    def choices(self, changelist: Any) -> Any:
        """Yield the choices of the filter, each under its word."""
        for choice in super().choices(changelist):  # type: ignore[misc]
            shown = choice["display"]
            said = SAID.get(self.named)
            yield choice | {"display": said(shown) if said and isinstance(shown, str) else shown}


class WordedChoices(_Worded, filters.ChoicesFieldListFilter):
    """A filter by a field's choices."""


class WordedValues(_Worded, filters.AllValuesFieldListFilter):
    """A filter by the values that occur."""


class WordedFlag(_Worded, filters.BooleanFieldListFilter):
    """A filter by yes and no."""


class WordedRelation(_Worded, filters.RelatedFieldListFilter):
    """A filter by what is pointed at, whose names are people's own words."""


class WordedPeriod(_Worded, filters.RelatedFieldListFilter):
    """A filter by the period, each named by what it covers."""

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> list[tuple[str, "StrOrPromise"]]:
        """Return the periods, the latest first, in one query."""
        periods = field.remote_field.model._default_manager.order_by("-starts_at")
        return [(str(period.pk), period_named(period)) for period in periods]


def filter_of(model: type[models.Model], path: str) -> tuple[str, type[filters.FieldListFilter]]:
    """Return a list filter by a field, under its word."""
    field: Any = None
    for part in path.split("__"):
        field = model._meta.get_field(part)
        model = field.related_model or model
    if field.is_relation:
        return path, WordedPeriod if field.name == "period" else WordedRelation
    if isinstance(field, models.BooleanField):
        return path, WordedFlag
    return path, WordedChoices if field.choices else WordedValues
