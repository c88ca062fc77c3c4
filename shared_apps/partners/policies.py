from datetime import datetime

from shared_apps.accounts.policies import is_partner
from shared_apps.partners.rules import RECENT

# Which partners they act for is asked of each; that they proved who they are just now, of each change.
may_see_own_identity = is_partner


def may_change_identity(*, authenticated_at: datetime, at: datetime) -> bool:
    """Whether somebody proved who they are at most five minutes ago: tax and account change only then."""
    return at - authenticated_at <= RECENT
