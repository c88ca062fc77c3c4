"""Attribution, decided purely: policy, conversion and touches in, decision out."""

from tenant_apps.attribution.rules.decision import (
    Conversion,
    Decision,
    Reason,
    Share,
    Touch,
    Verdict,
    decision_for,
)
from tenant_apps.attribution.rules.policy import Channel, Model, Policy, parse_policy
from tenant_apps.attribution.rules.preview_input import (
    decision_as_dict,
    parse_decision_input,
    preview_attribution,
)

__all__ = [
    "Channel",
    "Conversion",
    "Decision",
    "Model",
    "Policy",
    "Reason",
    "Share",
    "Touch",
    "Verdict",
    "decision_as_dict",
    "decision_for",
    "parse_decision_input",
    "parse_policy",
    "preview_attribution",
]
