"""Sales of two partners on two sites and two campaigns, worked out by hand.

Ten per cent of each sale: nora 100.00 on her blog (spring), 50.00 on her blog (no campaign),
omar 30.00 without a site (autumn). The last two of nora's are paid on different days of Berlin's May.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment
from tenant_apps.tracking.actions import create_site, record_touch
from tests.commissions import selling

# One minute before and after midnight in Berlin between April and May.
APRIL, MAY = datetime(2026, 4, 30, 21, 59, tzinfo=UTC), datetime(2026, 4, 30, 22, 1, tzinfo=UTC)


def touched(visitor: str, deal: Enrollment, *, campaign: str = "", site: Any = None) -> None:
    link = deal.links.get()
    link.campaign = campaign
    link.save(update_fields=["campaign"])
    record_touch(visitor_ref=visitor, link=link, channel="click", at=selling.AT, site=site)


def sold(drain: Callable[[], int]) -> tuple[Enrollment, Enrollment, list[Order]]:
    """Sell the three, decide and accrue; return both partners and the orders."""
    offers = [selling.offer_at(minor, code=f"tour{minor}") for minor in (10_000, 5_000, 3_000)]
    nora, omar = (selling.partner(name, selling.TEN_PERCENT) for name in ("nora", "omar"))
    blog = create_site(
        name="Nora's blog", allowed_hosts=["blog.example"], enrollment=nora, actor=selling.ACTOR, at=selling.AT
    )
    touched("vis_a", nora, campaign="spring", site=blog)
    touched("vis_b", nora, site=blog)
    touched("vis_c", omar, campaign="autumn")
    times = (APRIL, MAY, MAY + timedelta(days=3))
    orders = [
        selling.paid_order(offer, visitor, at=at)
        for offer, visitor, at in zip(offers, ("vis_a", "vis_b", "vis_c"), times, strict=True)
    ]
    drain()
    return nora, omar, orders
