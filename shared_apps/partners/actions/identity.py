from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db import transaction

from kernel import sealing
from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.audit.actions import record
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.errors import NotAtThisBrand, ReauthenticationNeeded
from shared_apps.partners.models import Partner, PartnerBrand, PayoutVersion, SelfBilling, TaxVersion
from shared_apps.partners.policies import may_change_identity
from shared_apps.partners.queries.identity import SEALED_FOR, payout_accounts
from shared_apps.partners.rules import (
    PayoutFacts,
    TaxFacts,
    checked_payout,
    checked_tax,
    frozen_until,
    self_billing_text,
    text_hash,
)
from shared_apps.partners.states import PayoutMethod


def say_tax(*, partner: Partner, facts: TaxFacts, actor: Actor, authenticated_at: datetime, at: datetime) -> TaxVersion:
    """Write what a partner says of its name and tax as the next version; said again it changes nothing.

    With another VAT number its self-billing agreements are no longer in force. Raises InvalidInput naming
    each wrong field, and ReauthenticationNeeded.
    """
    _check_recent(authenticated_at, at)
    facts = checked_tax(facts)
    with public_entered(), transaction.atomic():
        partner = Partner.objects.select_for_update().get(pk=partner.pk)
        before = TaxVersion.objects.filter(partner=partner).order_by("-number").first()
        told = asdict(facts)
        if before is not None and all(getattr(before, name) == value for name, value in told.items()):
            return before
        version = TaxVersion.objects.create(
            partner=partner, number=before.number + 1 if before else 1, said_at=at, said_by=actor.id, **told
        )
        Partner.objects.filter(pk=partner.pk).update(
            legal_name=facts.legal_name, legal_address=facts.legal_address, country=facts.country,
            tax_id=facts.vat_id or facts.tax_number,
        )  # fmt: skip
        record(
            actor=actor, verb="partner.tax_said", subject=partner, at=at, after=_plain(told),
            before=_plain({name: getattr(before, name) for name in told}) if before else None,
        )  # fmt: skip
    return version


def say_payout(
    *, partner: Partner, facts: PayoutFacts, actor: Actor, authenticated_at: datetime, at: datetime
) -> PayoutVersion:
    """Write where a partner wants its money as the next version; said again it changes nothing.

    The account is sealed, and the audit knows its last four characters. Every change after the first
    freezes payouts for 72 hours. Raises InvalidInput naming each wrong field, and ReauthenticationNeeded.
    """
    _check_recent(authenticated_at, at)
    facts = checked_payout(facts)
    with public_entered(), transaction.atomic():
        partner = Partner.objects.select_for_update().get(pk=partner.pk)
        before = PayoutVersion.objects.filter(partner=partner).order_by("-number").first()
        if before is not None and _facts_of(before, partner) == facts:
            return before
        version = PayoutVersion.objects.create(
            partner=partner, number=before.number + 1 if before else 1, method=facts.method, holder=facts.holder,
            account_kind=facts.account_kind or "", account_last4=facts.account[-4:], bic=facts.bic,
            account_sealed=_sealed(facts.account), stripe_account=facts.stripe_account,
            frozen_until=frozen_until(first=before is None, at=at), said_at=at, said_by=actor.id,
        )  # fmt: skip
        record(
            actor=actor, verb="partner.payout_said", subject=partner, at=at, after=_shown(version),
            before=_shown(before) if before else None,
        )  # fmt: skip
    return version


def agree_to_self_billing(
    *, partner: Partner, brand: Brand, language: str, shown_sha256: str, actor: Actor, at: datetime
) -> SelfBilling:
    """Record that a partner lets a brand write its invoices, with the words it was shown; once per VAT number.

    Raises NotAtThisBrand, and InvalidInput when the words shown are not those of now: somebody changed the
    tax profile in between, and nobody agrees to what they have not read.
    """
    with public_entered(), transaction.atomic():
        partner = Partner.objects.select_for_update().get(pk=partner.pk)
        if not PartnerBrand.objects.filter(partner=partner, brand=brand, active=True).exists():
            raise NotAtThisBrand
        tax = TaxVersion.objects.filter(partner=partner).order_by("-number").first()
        if tax is None:
            raise InvalidInput(field="vat_status", message="say your tax details first")
        text = self_billing_text(
            partner=tax.legal_name, brand=brand.legal_name or brand.name, vat_id=tax.vat_id, language=language
        )
        if text_hash(text) != shown_sha256:
            raise InvalidInput(field="text", message="the agreement has changed; please read it again")
        agreement, made = SelfBilling.objects.get_or_create(
            partner=partner, brand=brand, vat_id=tax.vat_id, text_sha256=shown_sha256,
            defaults={"text": text, "agreed_at": at, "agreed_by": actor.id},
        )  # fmt: skip
        if made:
            after = {"brand": brand.public_id, "vat_id": tax.vat_id, "text_sha256": shown_sha256}
            record(actor=actor, verb="partner.self_billing_agreed", subject=partner, at=at, after=after)
    return agreement


def _check_recent(authenticated_at: datetime, at: datetime) -> None:
    if not may_change_identity(authenticated_at=authenticated_at, at=at):
        raise ReauthenticationNeeded


def _facts_of(version: PayoutVersion, partner: Partner) -> PayoutFacts:
    return PayoutFacts(
        method=PayoutMethod(version.method), holder=version.holder, account_kind=version.account_kind or None,  # type: ignore[arg-type]
        account=payout_accounts([partner.public_id]).get(partner.public_id, ""), bic=version.bic,
        stripe_account=version.stripe_account,
    )  # fmt: skip


def _sealed(account: str) -> str:
    return sealing.seal(account, key=settings.SECRET_KEY, purpose=SEALED_FOR) if account else ""


def _shown(version: PayoutVersion) -> dict[str, object]:
    return {
        "number": version.number, "method": version.method, "holder": version.holder, "last4": version.account_last4,
        "bic": version.bic, "stripe_account": version.stripe_account,
    }  # fmt: skip


def _plain(told: dict[str, object]) -> dict[str, object]:
    return {name: str(value) for name, value in told.items()}
