from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet

from tenant_apps.catalog.models import Offer, Price, Product
from tenant_apps.catalog.states import OfferState


def all_offers() -> QuerySet[Offer]:
    """Every offer, newest first, with its product and its active prices (`offer.active_prices`)."""
    active = Prefetch("prices", Price.objects.filter(active=True).order_by("currency"), to_attr="active_prices")
    return Offer.objects.select_related("product").prefetch_related(active).order_by("-pk")


def published_offers() -> QuerySet[Offer]:
    """Offers that customers see, newest first, with product and active prices."""
    return all_offers().filter(state=OfferState.PUBLISHED)


def offer_by_slug(slug: str) -> Offer | None:
    """The offer at this address in whatever state, with its product; None when there is none."""
    return Offer.objects.select_related("product").filter(slug=slug).first()


def offers_by_slugs(slugs: Iterable[str]) -> dict[str, Offer]:
    """Offers in whatever state by their address, with product and active prices."""
    return {offer.slug: offer for offer in all_offers().filter(slug__in=list(slugs))}


def offer_by_ref(ref: str) -> Offer | None:
    """The offer with this public id, with its product; None when there is none."""
    return Offer.objects.select_related("product").filter(public_id=ref).first()


def product_codes() -> set[str]:
    """The codes of all products, sold or not."""
    return set(Product.objects.values_list("code", flat=True))


def currencies_of_prices() -> set[str]:
    """The currencies in which something of the brand has a price now."""
    return set(Price.objects.filter(active=True).values_list("currency", flat=True).distinct())


def active_price(offer: Offer, currency: str) -> Price | None:
    """What the offer costs in this currency; None when it is not sold in it."""
    return Price.objects.filter(offer=offer, currency=currency, active=True).first()
