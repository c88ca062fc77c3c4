from datetime import datetime

from shared_apps.partners.rules import RECENT


def may_change_identity(*, authenticated_at: datetime, at: datetime) -> bool:
    """Whether somebody proved who they are at most five minutes ago: tax and account change only then."""
    return at - authenticated_at <= RECENT
