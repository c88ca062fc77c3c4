"""When what a provider tells of happened, by the brand's clock."""

from datetime import datetime

from shared_apps.brands.clock import in_brand_time


def happened_at(told: datetime, *, since: datetime, at: datetime) -> datetime:
    """Return the provider's own instant of a fact: never after we heard of it, never before what it follows."""
    return min(at, max(since, in_brand_time(told)))
