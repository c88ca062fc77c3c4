from datetime import datetime
from decimal import Decimal

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.audit.actions import record
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.errors import NettingNotAllowed, NotAtThisBrand
from shared_apps.partners.models import NettingConsent, Partner, PartnerBrand
from shared_apps.partners.queries.netting import Netting, entity_of, nettings_of


@transaction.atomic
def set_terms(
    *, brand: Brand, partner_ref: str, withholding_rate: Decimal, netting: bool, actor: Actor, at: datetime
) -> PartnerBrand:
    """Set what a brand withholds from a partner, and whether it allows debts to be set off between brands.

    Without the partner's own consent nothing is set off. Raises InvalidInput for a rate that is no part of the
    whole, NotAtThisBrand.
    """
    if not 0 <= withholding_rate < 1 or withholding_rate != round(withholding_rate, 6):
        raise InvalidInput(field="withholding_rate", message="must be from 0 to under 1, with at most 6 decimals")
    with public_entered():
        rows = PartnerBrand.objects.select_for_update().select_related("partner")
        joined = rows.filter(partner__public_id=partner_ref, brand=brand, active=True).first()
        if joined is None:
            raise NotAtThisBrand
        before = {"withholding_rate": str(joined.withholding_rate), "netting": joined.netting}
        joined.withholding_rate, joined.netting = withholding_rate, netting
        joined.save(update_fields=["withholding_rate", "netting"])
    after = {"withholding_rate": str(withholding_rate), "netting": netting}
    record(actor=actor, verb="partner.terms_set", subject=joined.partner, at=at, before=before, after=after)
    return joined


def agree_to_netting(
    *, partner: Partner, brand: Brand, language: str, shown_sha256: str, actor: Actor, at: datetime
) -> NettingConsent:
    """Record that a partner lets debts be set off at a brand, with the words it was shown; said again, it is one.

    Raises NotAtThisBrand, NettingNotAllowed, and InvalidInput when the words shown are not those of now.
    """
    with public_entered(), transaction.atomic():
        partner = Partner.objects.select_for_update().get(pk=partner.pk)
        now = _netting(partner, brand, language)
        if now is None or not now.allowed:
            raise NettingNotAllowed
        if now.sha256 != shown_sha256:
            raise InvalidInput(field="text", message="the agreement has changed; please read it again")
        if now.consent is not None:
            return now.consent
        consent = NettingConsent.objects.create(
            partner=partner, brand=brand, agreed=True, entity=entity_of(now.brand), entity_vat_id=now.brand.vat_id,
            text=now.text, text_sha256=now.sha256, said_at=at, said_by=actor.id,
        )  # fmt: skip
        after = {"brand": brand.public_id, "entity": consent.entity, "text_sha256": now.sha256}
        record(actor=actor, verb="partner.netting_agreed", subject=partner, at=at, after=after)
    return consent


def withdraw_netting(*, partner: Partner, brand: Brand, actor: Actor, at: datetime) -> None:
    """Record that a partner no longer agrees; without an agreement in force it changes nothing."""
    with public_entered(), transaction.atomic():
        partner = Partner.objects.select_for_update().get(pk=partner.pk)
        now = _netting(partner, brand, "en")
        if now is None or now.consent is None:
            return
        NettingConsent.objects.create(
            partner=partner, brand=brand, agreed=False, entity=now.consent.entity,
            entity_vat_id=now.consent.entity_vat_id, said_at=at, said_by=actor.id,
        )  # fmt: skip
        after = {"brand": brand.public_id}
        record(actor=actor, verb="partner.netting_withdrawn", subject=partner, at=at, after=after)


def _netting(partner: Partner, brand: Brand, language: str) -> Netting | None:
    return next((each for each in nettings_of(partner, language=language) if each.brand.pk == brand.pk), None)
