"""The only writers of attribution's tables."""

from tenant_apps.attribution.actions.awarding import award
from tenant_apps.attribution.actions.dealing import (
    expire_deals,
    extend_deal,
    qualify_deal,
    register_deal,
    reject_deal,
    win_deal,
    withdraw_deal,
)
from tenant_apps.attribution.actions.deciding import decide, redecide
from tenant_apps.attribution.actions.entering import enter_agent
from tenant_apps.attribution.actions.evidence import is_own_purchase
from tenant_apps.attribution.actions.importing import advance_import, check_import, drop_import, start_import
from tenant_apps.attribution.actions.policing import DEFAULT_TERMS, ensure_policy, set_policy
from tenant_apps.attribution.actions.suspecting import confirm_duplicate, dismiss_duplicate, suspect_duplicates

__all__ = [
    "DEFAULT_TERMS",
    "advance_import",
    "award",
    "check_import",
    "confirm_duplicate",
    "decide",
    "dismiss_duplicate",
    "drop_import",
    "ensure_policy",
    "enter_agent",
    "expire_deals",
    "extend_deal",
    "is_own_purchase",
    "qualify_deal",
    "redecide",
    "register_deal",
    "reject_deal",
    "set_policy",
    "start_import",
    "suspect_duplicates",
    "win_deal",
    "withdraw_deal",
]
