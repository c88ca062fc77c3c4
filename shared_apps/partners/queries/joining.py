from datetime import datetime

from shared_apps.accounts.models import User
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.models import Partner, PartnerBalance, PartnerBrand, PartnerStatement

# Lists, not querysets: what is read in public must be read before the brand is entered again.


def partner_by_ref(ref: str) -> Partner | None:
    """The partner with this reference; None when there is none."""
    with public_entered():
        return Partner.objects.filter(public_id=ref).first()


def partner_at_brand(ref: str, brand: Brand) -> Partner | None:
    """The partner with this reference if it works with the brand; None otherwise, known elsewhere or not."""
    with public_entered():
        return Partner.objects.filter(public_id=ref, brands__brand=brand, brands__active=True).first()


def partner_who_may_enter(*, partner_ref: str, user_ref: str, brand: Brand) -> Partner | None:
    """The partner, while it works with the brand and the user is active and acts for it; else None."""
    with public_entered():
        return Partner.objects.filter(
            public_id=partner_ref, brands__brand=brand, brands__active=True, memberships__user__public_id=user_ref,
            memberships__user__is_active=True,
        ).first()  # fmt: skip


def partners_of_user(user: User) -> list[Partner]:
    """The partners a user of the partner host may act for, by name."""
    with public_entered():
        return list(Partner.objects.filter(memberships__user=user).order_by("name", "pk"))


def brands_of(partner: Partner) -> list[Brand]:
    """The brands a partner works with, by name, each with its primary domain ready."""
    with public_entered():
        joined = PartnerBrand.objects.filter(partner=partner, active=True).order_by("brand__name", "pk")
        return [row.brand for row in joined.select_related("brand").prefetch_related("brand__domains")]


def partner_since(partner: Partner, brand: Brand) -> datetime | None:
    """Since when the partner works with the brand; None when it does not."""
    with public_entered():
        row = PartnerBrand.objects.filter(partner=partner, brand=brand, active=True).first()
        return row.since if row else None


def balances_of(partner: Partner) -> list[PartnerBalance]:
    """What the partner has at each brand in each currency, with the brand, by brand and currency."""
    with public_entered():
        return list(partner.balances.select_related("brand").order_by("brand__name", "currency"))


def statements_of(partner: Partner) -> list[PartnerStatement]:
    """The partner's statements at all brands, with the brand, newest first."""
    with public_entered():
        return list(partner.statements.select_related("brand").order_by("-issued_at", "-pk"))
