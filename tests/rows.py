"""Rows of any table without the verbs that write them: for what must be refused whatever the row says."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.apps import apps
from django.db import models

AT = datetime(2026, 3, 1, tzinfo=UTC)
Row = dict[str, Any]

# What a row must say to be a good one, where any text and any number will not do.
GOOD: dict[str, Row] = {
    "commissions.Commission": {"kind": "earning", "amount_minor": 1},
    "disputes.CreditDispute": {"state": "opened", "outcome": ""},
    "disputes.Evidence": {"url": "https://x.example", "sha256": ""},
    "attribution.Attribution": {"version": 1, "previous_id": None},
    "attribution.AgentEntry": {"customer_ref": "cus_1", "order_ref": ""},
    "attribution.Deal": {"email": "a@b.example", "qualified_at": None, "protected_until": None},
    "attribution.ImportedTouch": {"visitor_ref": "v1"},
    "attribution.Import": {"rows_total": 5, "rows_done": 5},
    "orders.LineDispute": {"step": "opened"},
    "programs.ContractVersion": {"state": "draft"},
    "orders.OutsideRefund": {"amount_minor": 5, "applied_minor": 5},
    "payments.PaymentIntent": {"amount_minor": 5, "tax_minor": 5},
    "settlements.Adjustment": {"kind": "correction", "state": "proposed", "other_brand": "", "decided_by": ""},
    "settlements.Correction": {"state": "proposed", "decided_by": ""},
    "settlements.Settlement": {
        **dict.fromkeys(("opening_minor", "earned_minor", "clawback_minor", "net_minor", "payout_minor"), 0),
        "closing_minor": 0, "approved_by": "",
    },
    "settlements.VatRate": {"rate": 0},
    "catalog.Price": {"tax_rate": 0},
}  # fmt: skip

_numbers = count(10)


def row(label: str, values: Row) -> models.Model:
    """Return a row, not written yet, that shares nothing with any other; text and numbers stand for anything."""
    model, said = apps.get_model(label), GOOD.get(label, {}) | values
    for field in model._meta.concrete_fields:
        if field.attname not in said and not (field.primary_key or field.null or field.has_default()):
            said[field.attname] = anything(field)
    return model(**said)


def anything(field: Any) -> Any:
    number = next(_numbers)
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.DateTimeField):
        return AT + timedelta(hours=number)
    if isinstance(field, models.DateField):
        return date(2026, 3, 1)
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, models.BinaryField):
        return b""
    if isinstance(field, models.PositiveIntegerField | models.PositiveSmallIntegerField):
        return number % 30_000
    if isinstance(field, models.CharField | models.TextField):
        return str(number)[-(field.max_length or 40) :]
    return number if field.unique or isinstance(field, models.ForeignKey) else 1
