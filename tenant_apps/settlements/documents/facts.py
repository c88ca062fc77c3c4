"""Who a statement names and how it is taxed: the part of it that a correction may say otherwise."""

from decimal import Decimal
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from shared_apps.brands.queries import brand_as_stored
from shared_apps.partners.queries import TaxProfile, partner_by_ref, tax_profile
from tenant_apps.settlements.calendar import brand_zone
from tenant_apps.settlements.documents.shape import BrandPart, PartnerPart
from tenant_apps.settlements.models import Settlement, SettlementLine, Statement
from tenant_apps.settlements.queries.taxing import said_rates
from tenant_apps.settlements.rules.tax import Taxable, Vat, tax_on, vat_on_commission
from tenant_apps.settlements.rules.vat_law import law_named
from tenant_apps.settlements.states import VatTreatment


class _Taxed(TypedDict):
    vat_rate: str
    vat_treatment: str
    vat_place: str
    vat_law: str


class Facts(_Taxed):
    """The parties of a statement, its VAT and the law that says so, and the day of the self-billing agreement."""

    brand: BrandPart
    partner: PartnerPart
    self_billing_on: str


def settled_facts(settlement: Settlement) -> Facts:
    """Return the parties as they are now, with the VAT that was settled."""
    facts = _parties(settlement, tax_profile(settlement.partner_ref))
    vat = Vat(VatTreatment(settlement.vat_treatment), settlement.vat_rate, settlement.vat_place)
    return {**facts, **_taxed(facts, vat)}


def facts_now(settlement: Settlement) -> tuple[Facts, int]:
    """Return what the statement would say by what is known now of parties and rates, and the VAT in minor units.

    The day of the supply stays the period's last one.
    """
    tax = tax_profile(settlement.partner_ref)
    facts = _parties(settlement, tax)
    brand = facts["brand"]
    said = said_rates()
    vat = vat_on_commission(
        brand=Taxable(brand["country"], brand["vat_id"]), partner=Taxable(tax.country, tax.vat_id, tax.vat_status),
        on=settlement.period.last_on(brand_zone()), said=said,
    )  # fmt: skip
    earlier = _rates_of_originals(settlement)
    lines = settlement.lines.values_list("amount_minor", "commission__reverses_id")
    minor = tax_on((amount, earlier.get(original, vat.rate)) for amount, original in lines)
    return {**facts, **_taxed(facts, vat)}, minor


def _taxed(facts: Facts, vat: Vat) -> _Taxed:
    law = law_named(vat.treatment, place=vat.place, partner_country=facts["partner"]["country"])
    rate = f"{vat.rate.normalize():f}"
    return {"vat_rate": rate, "vat_treatment": vat.treatment.value, "vat_place": vat.place, "vat_law": law}


def _rates_of_originals(settlement: Settlement) -> dict[int | None, Decimal]:
    """Return the rate that each original of a clawback here is invoiced with, where it was settled before."""
    taken = settlement.lines.filter(commission__reverses__isnull=False).values("commission__reverses")
    latest = Statement.objects.filter(settlement=OuterRef("settlement")).order_by("-version").values("vat_rate")[:1]
    rows = SettlementLine.objects.filter(commission__in=taken).exclude(settlement=settlement)
    rated = rows.annotate(rate=Coalesce(Subquery(latest), F("settlement__vat_rate")))
    return dict(rated.values_list("commission_id", "rate"))


def _parties(settlement: Settlement, tax: TaxProfile) -> Facts:
    brand, partner = brand_as_stored(), partner_by_ref(settlement.partner_ref)
    agreed_at = tax.self_billing_agreed_at
    return {
        "brand": {
            "ref": brand.public_id, "name": brand.name, "legal_name": brand.legal_name or brand.name,
            "address": brand.legal_address, "email": brand.support_email, "country": brand.country,
            "vat_id": brand.vat_id,
        },
        "partner": {
            "ref": settlement.partner_ref, "name": partner.name if partner else settlement.partner_name,
            "legal_name": tax.legal_name, "address": tax.legal_address, "country": tax.country,
            "tax_id": tax.tax_number, "vat_id": tax.vat_id,
        },
        "self_billing_on": agreed_at.astimezone(ZoneInfo(brand_zone())).date().isoformat() if agreed_at else "",
        "vat_rate": "0", "vat_treatment": "", "vat_place": "", "vat_law": "",
    }  # fmt: skip
