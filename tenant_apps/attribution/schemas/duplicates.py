from datetime import datetime

from ninja import Field, Schema

from tenant_apps.attribution.models import DuplicateSuspicion
from tenant_apps.attribution.queries import orders_of_suspicion


class SuspicionOut(Schema):
    """Two orders that look like one sale; what the later one earns is held while it is open."""

    id: str = Field(alias="public_id")
    earlier: str = Field(alias="earlier_ref")
    later: str = Field(alias="later_ref")
    state: str
    found_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    reason: str


class SideOut(Schema):
    """One of the two orders, as it is compared."""

    order: str = Field(alias="public_id")
    number: int
    source: str
    external_id: str
    customer: str = Field(alias="customer.public_id")
    customer_name: str = Field(alias="customer.name")
    currency: str
    total_minor: int
    state: str
    placed_at: datetime
    paid_at: datetime | None


class SuspicionDetailOut(SuspicionOut):
    """A suspicion with both orders side by side, the earlier first."""

    sides: list[SideOut]

    @staticmethod
    def resolve_sides(suspicion: DuplicateSuspicion) -> list[object]:
        """The two orders, the earlier first."""
        return list(orders_of_suspicion(suspicion))
