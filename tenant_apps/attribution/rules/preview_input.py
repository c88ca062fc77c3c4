"""The preview of an attribution: strict JSON in, the whole decision as JSON out."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from kernel.payload import Payload, unique
from kernel.rates import round_half_away
from tenant_apps.attribution.rules.decision import Conversion, Decision, Touch, decision_for
from tenant_apps.attribution.rules.explanation import explanation_of
from tenant_apps.attribution.rules.policy import Channel, Policy, parse_policy


def preview_attribution(payload: object) -> dict[str, Any]:
    """Decide an attribution without booking it.

    The shape is the preview contract's: `{policy, conversion, touches}` in, shares, rejected
    touches and a verdict for every touch out. Raises InvalidInput naming the field.
    """
    policy, conversion, touches = parse_decision_input(Payload(payload))
    decision = decision_for(policy=policy, conversion=conversion, touches=touches)
    return decision_as_dict(decision, policy=policy, conversion=conversion)


def parse_decision_input(root: Payload) -> tuple[Policy, Conversion, list[Touch]]:
    """Read `{policy, conversion, touches}`: a preview's body, and the evidence a decision keeps.

    Raises InvalidInput naming the field.
    """
    root.only("policy", "conversion", "touches")
    policy = parse_policy(root.required("policy"))
    conversion = _conversion(root.required("conversion"))
    read = [(_touch(item), item) for item in root.required("touches").items()]
    unique((touch.id, item.required("id")) for touch, item in read)
    return policy, conversion, [touch for touch, _ in read]


def decision_as_dict(decision: Decision, *, policy: Policy, conversion: Conversion) -> dict[str, Any]:
    """Return the decision as JSON: what the preview prints and the record keeps."""
    return {
        "shares": [
            {
                "participant": share.participant,
                "amount_minor": share.amount_minor,
                "role": share.role,
                "fraction": _decimal(share.fraction),
                "touches": list(share.touches),
            }
            for share in decision.shares
        ],
        "rejected": [{"touch": verdict.touch.id, "reason": str(verdict.reason)} for verdict in decision.rejected],
        "verdicts": [
            {
                "touch": verdict.touch.id,
                "participant": verdict.touch.participant,
                "reason": str(verdict.reason) if verdict.reason else None,
                "weight": _decimal(verdict.weight),
                "explanation": explanation_of(verdict, policy, conversion),
            }
            for verdict in decision.verdicts
        ],
    }


def _conversion(payload: Payload) -> Conversion:
    payload.only("at", "amount_minor", "currency", "customer_email", "checkout_opened_at")
    email, opened = payload.fact("customer_email"), payload.fact("checkout_opened_at")
    return Conversion(
        at=payload.required("at").utc(),
        amount_minor=payload.required("amount_minor").integer(),
        currency=payload.required("currency").currency(),
        customer_email=email.text() if email else None,
        checkout_opened_at=opened.utc() if opened else None,
    )


def _touch(payload: Payload) -> Touch:
    payload.only("id", "participant", "role", "channel", "at", "participant_email")
    email = payload.fact("participant_email")
    return Touch(
        id=payload.required("id").text(),
        participant=payload.required("participant").text(),
        role=payload.required("role").text(),
        channel=payload.required("channel").choice(Channel),
        at=payload.required("at").utc(),
        participant_email=email.text() if email else None,
    )


def _decimal(fraction: Fraction) -> str:
    # Twelve decimals for people and records; the amounts come from the exact fraction.
    return f"{Decimal(round_half_away(fraction * 10**12)).scaleb(-12):f}"
