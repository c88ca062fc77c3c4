from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.models import NettingConsent, Partner, PartnerBrand, PartnerStatement
from shared_apps.partners.queries.identity import tax_profile
from shared_apps.partners.rules import Consent, may_net, netting_text, text_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Netting:
    """Netting between a partner and a brand: who allowed it, who agreed to it, and the words to agree to now.

    `in_force` needs both; `consent` is the agreement with the brand's legal entity of now, None without one.
    """

    brand: Brand
    allowed: bool
    consent: NettingConsent | None
    in_force: bool
    text: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerTerms:
    """What a brand set for one partner beside the contract: tax to withhold, as a share, and netting."""

    partner_ref: str
    withholding_rate: Decimal
    netting: Netting


def partner_terms(partner_ref: str, brand: Brand, *, language: str = "en") -> PartnerTerms | None:
    """What the brand set for a partner who works with it; None for any other."""
    with public_entered():
        rows = PartnerBrand.objects.filter(partner__public_id=partner_ref, brand=brand, active=True)
        row = rows.select_related("partner", "brand").first()
    if row is None:
        return None
    [netting] = _nettings(row.partner, [row], language)
    return PartnerTerms(partner_ref=partner_ref, withholding_rate=row.withholding_rate, netting=netting)


def nettings_of(partner: Partner, *, language: str) -> list[Netting]:
    """The brands that allow a partner netting, or have its consent, by name."""
    with public_entered():
        rows = list(PartnerBrand.objects.filter(partner=partner).select_related("brand").order_by("brand__name", "pk"))
    return [each for each in _nettings(partner, rows, language) if each.allowed or each.consent]


def brands_with_statements(partner: Partner) -> list[tuple[Brand, bool]]:
    """The brands that issued the partner a statement, left ones too, each with whether debts may be set off there."""
    with public_entered():
        issued = PartnerStatement.objects.filter(partner=partner).values("brand")
        allowed = dict(PartnerBrand.objects.filter(partner=partner).values_list("brand_id", "netting"))
        said = _said(partner)
        return [
            (brand, _in_force(brand, allowed.get(brand.pk, False), said.get(brand.pk)))
            for brand in Brand.objects.filter(pk__in=issued).order_by("pk")
        ]


def partners_netting_with(brand: Brand) -> list[tuple[Partner, Brand]]:
    """Return each partner whose debts may be set off at a brand, with each other brand of its entity where they may.

    A brand that names no legal entity shares none with any other; test money and real money are never set off.
    """
    with public_entered():
        brand = Brand.objects.get(pk=brand.pk)  # who entered may know the brand as it was
        if not brand.legal_name:
            return []
        here = _netting_at(PartnerBrand.objects.filter(brand=brand))
        others = PartnerBrand.objects.filter(partner__in=[row.partner for row in here]).exclude(brand=brand)
        return [
            (row.partner, row.brand)
            for row in _netting_at(others)
            if row.brand.legal_name and _debtor(row.brand) == _debtor(brand)
        ]


def entity_of(brand: Brand) -> str:
    """The legal entity that owes for a brand."""
    return brand.legal_name or brand.name


def _nettings(partner: Partner, rows: Iterable[PartnerBrand], language: str) -> list[Netting]:
    name = tax_profile(partner.public_id).legal_name or partner.name
    with public_entered():
        said = _said(partner)
    told = []
    for row in rows:
        brand, last = row.brand, said.get(row.brand_id)
        text = netting_text(partner=name, brand=brand.name, entity=entity_of(brand), language=language)
        told.append(
            Netting(
                brand=brand, allowed=row.active and row.netting, in_force=_in_force(brand, row.netting, last),
                consent=last if _in_force(brand, True, last) else None, text=text, sha256=text_hash(text),
            )
        )  # fmt: skip
    return told


def _said(partner: Partner) -> dict[int, NettingConsent]:
    rows = NettingConsent.objects.filter(partner=partner).order_by("brand_id", "-pk").distinct("brand_id")
    return {row.brand_id: row for row in rows}


def _debtor(brand: Brand) -> tuple[str, str, str]:
    return entity_of(brand).casefold(), brand.vat_id, brand.mode


def _netting_at(rows: QuerySet[PartnerBrand]) -> list[PartnerBrand]:
    allowed = list(rows.filter(active=True, netting=True).select_related("partner", "brand").order_by("pk"))
    consents = NettingConsent.objects.filter(partner__in=[row.partner for row in allowed])
    latest = consents.order_by("partner_id", "brand_id", "-pk").distinct("partner_id", "brand_id")
    said = {(consent.partner_id, consent.brand_id): consent for consent in latest}
    return [row for row in allowed if _in_force(row.brand, True, said.get((row.partner_id, row.brand_id)))]


def _in_force(brand: Brand, allowed: bool, last: NettingConsent | None) -> bool:
    said = Consent(agreed=last.agreed, entity=last.entity, vat_id=last.entity_vat_id) if last else None
    return may_net(allowed=allowed, said=said, entity=entity_of(brand), vat_id=brand.vat_id)
