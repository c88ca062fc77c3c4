"""One sentence per touch, for the winner and for the loser. No sentence names a customer."""

from fractions import Fraction

from kernel.rates import round_half_away
from tenant_apps.attribution.rules.decision import Conversion, Reason, Verdict
from tenant_apps.attribution.rules.policy import Channel, Model, Policy

_MODEL = {
    Model.LAST: "the last touch takes it all",
    Model.FIRST: "the first touch takes it all",
    Model.LINEAR: "every touch counts the same",
    Model.POSITION: "the first and the last touch have fixed parts, the middle shares the rest",
    Model.TIME_DECAY: "a touch counts half after each half-life",
    Model.BONUS: "the first and the last touch have a bonus, all share the rest",
}
_CHANNEL = {
    Channel.REGISTERED_DEAL: "registered deal",
    Channel.AGENT: "agent's entry",
    Channel.CODE: "code",
    Channel.CLICK: "click",
    Channel.VIEW: "view",
    Channel.IMPORT: "imported touch",
}


def explanation_of(verdict: Verdict, policy: Policy, conversion: Conversion) -> str:
    """Return the sentence that tells this touch's participant how it was decided."""
    touch = verdict.touch
    kind, at = _CHANNEL[touch.channel], touch.at.isoformat()
    match verdict.reason:
        case None if verdict.weight:
            return f"Credited with {_percent(verdict.weight)} %: {_MODEL[policy.model]}."
        case None:
            return "Adds nothing itself; another touch of the same participant is credited."
        case Reason.AFTER_CONVERSION:
            return f"The {kind} at {at} is later than the conversion."
        case Reason.OUTSIDE_WINDOW:
            return f"The {kind} at {at} is older than the window of {policy.window_days} days."
        case Reason.SELF_REFERRAL:
            return "The participant and the customer are the same person."
        case Reason.LATE_CLICK:
            opened = conversion.checkout_opened_at
            when = opened.isoformat() if opened else ""
            return f"The {kind} at {at} came when the checkout was open already, since {when}."
        case Reason.LOWER_PRIORITY:
            return f"A touch of higher priority than a {kind} is present."
        case Reason.NOT_FIRST | Reason.NOT_LAST:
            return f"Others are credited: {_MODEL[policy.model]}."


def _percent(fraction: Fraction) -> str:
    hundredths = round_half_away(fraction * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02}"
