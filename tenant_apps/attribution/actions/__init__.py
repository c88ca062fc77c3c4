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
from tenant_apps.attribution.actions.importing import Imported, import_touches
from tenant_apps.attribution.actions.policing import DEFAULT_TERMS, ensure_policy, set_policy
from tenant_apps.attribution.actions.suspecting import confirm_duplicate, dismiss_duplicate, suspect_duplicates

__all__ = [
    "DEFAULT_TERMS",
    "Imported",
    "award",
    "confirm_duplicate",
    "decide",
    "dismiss_duplicate",
    "ensure_policy",
    "enter_agent",
    "expire_deals",
    "extend_deal",
    "import_touches",
    "qualify_deal",
    "redecide",
    "register_deal",
    "reject_deal",
    "set_policy",
    "suspect_duplicates",
    "win_deal",
    "withdraw_deal",
]
