"""The only writers of attribution's tables."""

from tenant_apps.attribution.actions.awarding import award
from tenant_apps.attribution.actions.deciding import decide, redecide
from tenant_apps.attribution.actions.policing import DEFAULT_TERMS, ensure_policy

__all__ = ["DEFAULT_TERMS", "award", "decide", "ensure_policy", "redecide"]
