"""One sentence per touch, for the winner and for the loser. No sentence names a customer."""

from fractions import Fraction

from kernel.rates import round_half_away
from tenant_apps.attribution.rules.decision import Verdict
from tenant_apps.attribution.rules.facts import Conversion, Reason
from tenant_apps.attribution.rules.policy import Channel, Model, Pool

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
    Channel.DIRECT: "direct visit",
}


_REFUSED = {
    Reason.AFTER_CONVERSION: "The {kind} at {at} is later than the conversion.",
    Reason.OUTSIDE_WINDOW: "The {kind} at {at} is older than the window of {window} days.",
    Reason.SELF_REFERRAL: "The participant and the customer are the same person.",
    Reason.LATE_CLICK: "The {kind} at {at} came when the checkout was open already, since {opened}.",
    Reason.DIRECT_IGNORED: "Direct visits do not count.",
    Reason.CODE_NOT_CREDITED: "Codes credit nobody here.",
    Reason.AWARDED: "A person decided who is credited.",
    Reason.NO_POOL: "The role {role} has no part in sales of this brand.",
    Reason.LOWER_PRIORITY: "A touch of higher priority than a {kind} is present.",
    Reason.NOT_FIRST: "Others are credited: {model}.",
    Reason.NOT_LAST: "Others are credited: {model}.",
}


def explanation_of(verdict: Verdict, conversion: Conversion, *, awarded: bool = False) -> str:
    """Return the sentence that tells this touch's participant how it was decided."""
    if verdict.reason is None:
        return _credited(verdict, awarded=awarded)
    touch, policy, opened = verdict.touch, verdict.policy, conversion.checkout_opened_at
    return _REFUSED[verdict.reason].format(
        kind=_CHANNEL[touch.channel], at=touch.at.isoformat(), window=policy.window_days, role=touch.role,
        opened=opened.isoformat() if opened else "", model=_MODEL[policy.model],
    )  # fmt: skip


def _credited(verdict: Verdict, *, awarded: bool) -> str:
    if not verdict.weight:
        return "Adds nothing itself; another touch of the same participant is credited."
    percent = _percent(verdict.weight)
    if verdict.touch.participant is None:
        return f"A direct visit: its {percent} % stay with the brand."
    if awarded:
        return f"Credited with {percent} %: decided by a person."
    return f"Credited with {percent} %: {_MODEL[verdict.policy.model]}{_within(verdict.pool)}."


def _within(pool: Pool | None) -> str:
    if pool is None or not pool.roles:
        return ""
    return f", among {', '.join(sorted(pool.roles))} with {pool.weight} of the sale"


def _percent(fraction: Fraction) -> str:
    hundredths = round_half_away(fraction * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02}"
