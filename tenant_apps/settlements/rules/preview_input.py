"""The previews of a split and of a statement: strict JSON in, amounts as JSON out."""

from decimal import Decimal
from typing import Any

from kernel.payload import Payload, unique
from kernel.splits import split
from tenant_apps.settlements.rules.statement import Month, Negative, months_of

SAID = ("opening_minor", "net_minor", "payout_minor", "closing_minor")


def preview_split(payload: object) -> dict[str, Any]:
    """Split an amount by weights without booking it. Raises InvalidInput naming the field."""
    root = Payload(payload).only("amount_minor", "currency", "weights")
    amount_minor = root.required("amount_minor").integer()
    root.required("currency").currency()
    weights = root.required("weights")
    read = [_weight(item) for item in weights.items(at_least=1)]
    unique((key, item) for key, item, _ in read)
    if not any(weight for _, _, weight in read):
        raise weights.wrong("at least one weight must be above 0")
    parts = split(amount_minor, [weight for _, _, weight in read])
    return {"parts": [{"key": key, "amount_minor": part} for (key, _, _), part in zip(read, parts, strict=True)]}


def preview_statement(payload: object) -> dict[str, Any]:
    """Close consecutive months without booking them; `negative_cap_minor` goes with cap. Raises InvalidInput."""
    root = Payload(payload).only("opening_minor", "minimum_minor", "negative", "negative_cap_minor", "months")
    negative = root.required("negative").choice(Negative)
    cap = root.required("negative_cap_minor") if negative is Negative.CAP else root.optional("negative_cap_minor")
    if cap is not None and negative is not Negative.CAP:
        raise cap.wrong("goes with negative = cap only")
    closed = months_of(
        opening_minor=root.required("opening_minor").integer(),
        minimum_minor=root.required("minimum_minor").integer(at_least=0),
        negative=negative,
        cap_minor=cap.integer(at_least=0) if cap else 0,
        months=[_month(item) for item in root.required("months").items()],
    )
    return {"months": [{name: getattr(month, name) for name in SAID} for month in closed]}


def _weight(payload: Payload) -> tuple[str, Payload, Decimal]:
    key = payload.only("key", "weight").required("key")
    return key.text(), key, payload.required("weight").rate()


def _month(payload: Payload) -> Month:
    payload.only("earned_minor", "clawback_minor", "adjustment_minor")
    adjustment = payload.optional("adjustment_minor")
    return Month(
        earned_minor=_amount(payload, "earned_minor"),
        clawback_minor=_amount(payload, "clawback_minor"),
        adjustment_minor=adjustment.integer() if adjustment else 0,
    )


def _amount(payload: Payload, name: str) -> int:
    found = payload.optional(name)
    return found.integer(at_least=0) if found else 0
