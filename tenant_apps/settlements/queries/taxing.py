from django.db.models import QuerySet

from tenant_apps.settlements.models import VatRate
from tenant_apps.settlements.rules.vat_rates import Said


def vat_rates() -> QuerySet[VatRate]:
    """Return the rates of VAT that operators said, the latest first."""
    return VatRate.objects.select_related("end").order_by("-pk")


def vat_rate_by_ref(ref: str) -> VatRate | None:
    """Return the rate with this reference."""
    return vat_rates().filter(public_id=ref).first()


def said_rates() -> list[Said]:
    """Return what operators said of rates, as the rules take it."""
    every = VatRate.objects.select_related("end").order_by("pk")
    return [Said(each.country, each.starts_on, each.rate, each.ends_on) for each in every]
