"""Attribution, decided purely: policy, conversion and touches in, decision out."""

from tenant_apps.attribution.rules.decision import Decision, PoolResult, Share, Verdict, decision_for, pool_amounts
from tenant_apps.attribution.rules.explanation import CHANNELS, MODELS, VERDICTS, verdict_in_english
from tenant_apps.attribution.rules.facts import Award, Awarded, Conversion, Reason, Touch
from tenant_apps.attribution.rules.policy import (
    Channel,
    CodeCredit,
    Direct,
    Guard,
    Model,
    Policy,
    Pool,
    parse_override,
    parse_policy,
)
from tenant_apps.attribution.rules.preview_input import (
    Asked,
    decision_as_dict,
    parse_award,
    parse_decision_input,
    parse_fraction,
    preview_attribution,
)

__all__ = [
    "CHANNELS",
    "MODELS",
    "VERDICTS",
    "Asked",
    "Award",
    "Awarded",
    "Channel",
    "CodeCredit",
    "Conversion",
    "Decision",
    "Direct",
    "Guard",
    "Model",
    "Policy",
    "Pool",
    "PoolResult",
    "Reason",
    "Share",
    "Touch",
    "Verdict",
    "decision_as_dict",
    "decision_for",
    "parse_award",
    "parse_decision_input",
    "parse_fraction",
    "parse_override",
    "parse_policy",
    "pool_amounts",
    "preview_attribution",
    "verdict_in_english",
]
