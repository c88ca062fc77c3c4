"""Why a touch won or lost: a code with its facts, kept in the record and worded when somebody reads it.

No fact names a customer. `VERDICTS` are the English sentences; `queries.wording` says them in the reader's language.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kernel.rates import round_half_away
from tenant_apps.attribution.rules.decision import Verdict
from tenant_apps.attribution.rules.facts import Conversion, Reason
from tenant_apps.attribution.rules.policy import Channel, Model

VERDICTS: dict[str, str] = {
    "credited": "Credited with %(part)s: %(model)s.",
    "credited_in_pool": "Credited with %(part)s: %(model)s, among %(roles)s with %(pool)s of the sale.",
    "credited_by_award": "Credited with %(part)s: decided by a person.",
    "adds_nothing": "Adds nothing itself; another touch of the same participant is credited.",
    "stays_with_brand": "A direct visit: its %(part)s stay with the brand.",
    Reason.AFTER_CONVERSION: "The %(channel)s at %(at)s is later than the conversion.",
    Reason.OUTSIDE_WINDOW: "The %(channel)s at %(at)s is older than the window of %(window)s days.",
    Reason.SELF_REFERRAL: "The participant and the customer are the same person.",
    Reason.LATE_CLICK: "The %(channel)s at %(at)s came when the checkout was open already, since %(opened)s.",
    Reason.DIRECT_IGNORED: "Direct visits do not count.",
    Reason.CODE_NOT_CREDITED: "Codes credit nobody here.",
    Reason.AWARDED: "A person decided who is credited.",
    Reason.NO_POOL: "The role %(role)s has no part in sales of this brand.",
    Reason.LOWER_PRIORITY: "A touch of higher priority than a %(channel)s is present.",
    Reason.NOT_FIRST: "Others are credited: %(model)s.",
    Reason.NOT_LAST: "Others are credited: %(model)s.",
}
MODELS: dict[str, str] = {
    Model.LAST: "the last touch takes it all",
    Model.FIRST: "the first touch takes it all",
    Model.LINEAR: "every touch counts the same",
    Model.POSITION: "the first and the last touch have fixed parts, the middle shares the rest",
    Model.TIME_DECAY: "a touch counts half after each half-life",
    Model.BONUS: "the first and the last touch have a bonus, all share the rest",
}
CHANNELS: dict[str, str] = {
    Channel.REGISTERED_DEAL: "registered deal",
    Channel.AGENT: "agent's entry",
    Channel.CODE: "code",
    Channel.CLICK: "click",
    Channel.VIEW: "view",
    Channel.IMPORT: "imported touch",
    Channel.DIRECT: "direct visit",
}
_FACTS: dict[str, tuple[str, ...]] = {
    Reason.AFTER_CONVERSION: ("channel", "at"),
    Reason.OUTSIDE_WINDOW: ("channel", "at", "window"),
    Reason.LATE_CLICK: ("channel", "at", "opened"),
    Reason.NO_POOL: ("role",),
    Reason.LOWER_PRIORITY: ("channel",),
    Reason.NOT_FIRST: ("model",),
    Reason.NOT_LAST: ("model",),
}


def explanation_of(verdict: Verdict, conversion: Conversion, *, awarded: bool = False) -> dict[str, Any]:
    """Return how this touch was decided: `code` of `VERDICTS`, and the `facts` its sentence names."""
    if verdict.reason is None:
        return _credited(verdict, awarded=awarded)
    touch, policy, opened = verdict.touch, verdict.policy, conversion.checkout_opened_at
    known = {
        "channel": str(touch.channel), "at": touch.at.isoformat(), "window": str(policy.window_days),
        "role": touch.role, "opened": opened.isoformat() if opened else "", "model": str(policy.model),
    }  # fmt: skip
    return {"code": str(verdict.reason), "facts": {name: known[name] for name in _FACTS.get(verdict.reason, ())}}


def verdict_in_english(why: Mapping[str, Any]) -> str:
    """Return a stored explanation for machines and the command line: always the same plain English."""
    return VERDICTS[why["code"]] % {name: _plain(name, fact) for name, fact in why["facts"].items()}


def _credited(verdict: Verdict, *, awarded: bool) -> dict[str, Any]:
    if not verdict.weight:
        return {"code": "adds_nothing", "facts": {}}
    part, model = {"part": _part(verdict.weight)}, {"model": str(verdict.policy.model)}
    if verdict.touch.participant is None:
        return {"code": "stays_with_brand", "facts": part}
    if awarded:
        return {"code": "credited_by_award", "facts": part}
    if verdict.pool is None or not verdict.pool.roles:
        return {"code": "credited", "facts": part | model}
    pool = {"roles": sorted(verdict.pool.roles), "pool": str(verdict.pool.weight)}
    return {"code": "credited_in_pool", "facts": part | model | pool}


def _part(fraction: Fraction) -> str:
    return f"{Decimal(round_half_away(fraction * 10_000)).scaleb(-4):f}"


def _plain(name: str, fact: Any) -> str:
    if name == "part":
        return f"{Decimal(fact) * 100:.2f} %"
    if isinstance(fact, list):
        return ", ".join(fact)
    return {"model": MODELS, "channel": CHANNELS}.get(name, {}).get(fact, str(fact))
