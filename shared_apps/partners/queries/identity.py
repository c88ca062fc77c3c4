from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Max

from kernel import sealing
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.brands.postgresql.base import connected
from shared_apps.partners.models import Partner, PartnerBrand, PayoutVersion, SelfBilling, TaxVersion
from shared_apps.partners.rules import TaxFacts, gaps, self_billing_text, text_hash
from shared_apps.partners.states import AccountKind, PayoutMethod, VatStatus

SEALED_FOR = b"tributary partners payout accounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxProfile:
    """A partner's tax, and what it and the entered brand agreed on; `withholding_rate` is a decimal such as 0.15."""

    country: str
    vat_id: str
    vat_status: VatStatus
    self_billing_agreed_at: datetime | None
    withholding_rate: str
    legal_name: str = ""
    legal_address: str = ""
    tax_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutProfile:
    """Where a partner's money goes, without the account itself: of that the last four characters."""

    ref: str
    number: int
    method: PayoutMethod
    holder: str
    account_kind: AccountKind | None
    last4: str
    bic: str
    stripe_account: str
    frozen_until: datetime | None
    said_at: datetime


def tax_profile(partner_ref: str) -> TaxProfile:
    """The partner's tax in force, with what it agreed on with the entered brand; unknown where it has not said."""
    return tax_profiles([partner_ref])[partner_ref]


def tax_profiles(partner_refs: Iterable[str]) -> dict[str, TaxProfile]:
    """The tax of each of these partners, in a fixed number of queries."""
    refs, brand = set(partner_refs), connected().tenant
    with public_entered():
        partners = {partner.public_id: partner for partner in Partner.objects.filter(public_id__in=refs)}
        said = {row.partner_id: row for row in _latest_tax(partners.values())}
        agreed = _agreements(partners.values(), brand) if isinstance(brand, Brand) else {}
        rates = _withheld(partners.values(), brand) if isinstance(brand, Brand) else {}
    return {ref: _tax(partners.get(ref), said, agreed, rates) for ref in refs}


def payout_profile(partner_ref: str) -> PayoutProfile | None:
    """Where the partner wants its money; None when it has not said."""
    return payout_profiles([partner_ref]).get(partner_ref)


def payout_profiles(partner_refs: Iterable[str]) -> dict[str, PayoutProfile]:
    """Where each of these partners wants its money; who has not said is not in it. One query."""
    with public_entered():
        return {row.partner.public_id: _payout(row) for row in _latest_payout(set(partner_refs))}


def payout_accounts(partner_refs: Iterable[str]) -> dict[str, str]:
    """The IBAN or account number of each of these partners who is paid by bank, in clear: for the bank file only.

    Raises kernel.sealing.Unreadable when SECRET_KEY is not the one they were sealed with.
    """
    with public_entered():
        rows = [row for row in _latest_payout(set(partner_refs)) if row.account_sealed]
    return {
        row.partner.public_id: sealing.unseal(row.account_sealed, key=settings.SECRET_KEY, purpose=SEALED_FOR)
        for row in rows
    }


def payout_frozen_until(partner_ref: str) -> datetime | None:
    """Until when (by the world's clock) a changed payout profile stops payouts; None when nothing ever did.

    The latest of all versions counts: a second change does not thaw the first.
    """
    return payouts_frozen_until([partner_ref]).get(partner_ref)


def payouts_frozen_until(partner_refs: Iterable[str]) -> dict[str, datetime]:
    """Until when each of these partners is frozen; whom nothing ever froze is not in it. One query."""
    with public_entered():
        frozen = PayoutVersion.objects.filter(partner__public_id__in=set(partner_refs), frozen_until__isnull=False)
        latest = frozen.values_list("partner__public_id").annotate(Max("frozen_until")).order_by()
        return dict(latest)


def profile_gaps(partner_ref: str) -> list[str]:
    """What the partner has yet to say before the entered brand can pay it: names such as vat_status, payout_method."""
    return profiles_gaps([partner_ref])[partner_ref]


def profiles_gaps(partner_refs: Iterable[str]) -> dict[str, list[str]]:
    """What each of these partners has yet to say; an unknown partner lacks everything."""
    refs = set(partner_refs)
    taxes, payouts = tax_profiles(refs), payout_profiles(refs)
    at_brand = isinstance(connected().tenant, Brand)
    return {
        ref: gaps(
            TaxFacts(
                legal_name=tax.legal_name, legal_address=tax.legal_address, country=tax.country,
                vat_status=tax.vat_status, vat_id=tax.vat_id, tax_number=tax.tax_number,
            ),
            payouts[ref].method if ref in payouts else None,
            self_billing_agreed=tax.self_billing_agreed_at is not None or not at_brand,
        )
        for ref, tax in taxes.items()
    }  # fmt: skip


def self_billing_of(partner: Partner) -> dict[int, SelfBilling]:
    """The agreements that are in force for the partner's VAT number of now, by the id of the brand."""
    with public_entered():
        tax = {row.partner_id: row for row in _latest_tax([partner])}.get(partner.pk)
        rows = SelfBilling.objects.filter(partner=partner, vat_id=tax.vat_id if tax else "").order_by("pk")
        return {row.brand_id: row for row in rows}


def self_billing_words(*, partner: Partner, brand: Brand, language: str) -> tuple[str, str]:
    """The agreement to show to the partner for a brand, and its hash; by its tax profile in force."""
    tax = tax_profile(partner.public_id)
    words = self_billing_text(
        partner=tax.legal_name, brand=brand.legal_name or brand.name, vat_id=tax.vat_id, language=language
    )
    return words, text_hash(words)


def _latest_tax(partners: Iterable[Partner]) -> Iterable[TaxVersion]:
    rows = TaxVersion.objects.filter(partner__in=list(partners))
    return rows.order_by("partner_id", "-number").distinct("partner_id")


def _latest_payout(refs: set[str]) -> list[PayoutVersion]:
    rows = PayoutVersion.objects.filter(partner__public_id__in=refs).select_related("partner")
    return list(rows.order_by("partner_id", "-number").distinct("partner_id"))


def _agreements(partners: Iterable[Partner], brand: Brand) -> dict[tuple[int, str], datetime]:
    rows = SelfBilling.objects.filter(partner__in=list(partners), brand=brand).order_by("-pk")
    return {(row.partner_id, row.vat_id): row.agreed_at for row in rows}


def _withheld(partners: Iterable[Partner], brand: Brand) -> dict[int, str]:
    rows = PartnerBrand.objects.filter(partner__in=list(partners), brand=brand)
    return {row.partner_id: f"{row.withholding_rate.normalize():f}" for row in rows}


def _tax(
    partner: Partner | None, said: dict[int, TaxVersion], agreed: dict[tuple[int, str], datetime], rates: dict[int, str]
) -> TaxProfile:
    row = said.get(partner.pk) if partner else None
    if partner is None or row is None:
        return TaxProfile(
            country=partner.country if partner else "", vat_id="", vat_status=VatStatus.UNKNOWN,
            self_billing_agreed_at=None, withholding_rate=rates.get(partner.pk, "0") if partner else "0",
            legal_name=partner.legal_name if partner else "", legal_address=partner.legal_address if partner else "",
            tax_number=partner.tax_id if partner else "",
        )  # fmt: skip
    return TaxProfile(
        country=row.country, vat_id=row.vat_id, vat_status=VatStatus(row.vat_status),
        self_billing_agreed_at=agreed.get((partner.pk, row.vat_id)), withholding_rate=rates.get(partner.pk, "0"),
        legal_name=row.legal_name, legal_address=row.legal_address, tax_number=row.tax_number,
    )  # fmt: skip


def _payout(row: PayoutVersion) -> PayoutProfile:
    return PayoutProfile(
        ref=row.public_id, number=row.number, method=PayoutMethod(row.method), holder=row.holder,
        account_kind=AccountKind(row.account_kind) if row.account_kind else None, last4=row.account_last4,
        bic=row.bic, stripe_account=row.stripe_account, frozen_until=row.frozen_until, said_at=row.said_at,
    )  # fmt: skip
