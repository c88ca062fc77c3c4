"""The tables: decisions and what they rest on, registered deals, entries and imports, the inbox of duplicates."""

from tenant_apps.attribution.models.deals import Deal
from tenant_apps.attribution.models.deciding import Attribution, Award, Policy, Share
from tenant_apps.attribution.models.duplicates import DuplicateSuspicion
from tenant_apps.attribution.models.facts import AgentEntry, ImportedTouch
from tenant_apps.attribution.models.imports import Import, ImportRow

__all__ = [
    "AgentEntry",
    "Attribution",
    "Award",
    "Deal",
    "DuplicateSuspicion",
    "Import",
    "ImportRow",
    "ImportedTouch",
    "Policy",
    "Share",
]
