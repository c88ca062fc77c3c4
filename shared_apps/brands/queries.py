from django.db.models import Q

from shared_apps.brands.entering import entered_brand, public_entered
from shared_apps.brands.models import Brand, Theme
from shared_apps.brands.states import BrandState


def brands_listed() -> list[Brand]:
    """Return every brand by name. For the platform owner and for jobs that fan out."""
    with public_entered():
        return list(Brand.objects.order_by("name", "pk"))


def active_brands() -> list[Brand]:
    """Return the brands whose periodic work is done."""
    with public_entered():
        return list(Brand.objects.filter(state=BrandState.ACTIVE).order_by("pk"))


def brand_called(wanted: str) -> Brand | None:
    """Return the brand with this host, public id, schema or exact name; None when unknown or ambiguous."""
    with public_entered():
        found = list(
            Brand.objects.filter(
                Q(domains__domain=wanted.lower()) | Q(public_id=wanted) | Q(schema_name=wanted) | Q(name__iexact=wanted)
            ).distinct()[:2]
        )
    return found[0] if len(found) == 1 else None


def theme_of(brand: Brand) -> Theme:
    """Return a brand's look; a brand without one gets the house's."""
    with public_entered():
        return Theme.objects.filter(brand_id=brand.pk).first() or Theme(brand=brand)


def brand_as_stored() -> Brand:
    """Return the entered brand as it is stored now; what a process entered may be minutes old."""
    entered = entered_brand()
    with public_entered():
        stored: Brand = Brand.objects.get(pk=entered.pk)
    return stored
