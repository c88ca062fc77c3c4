"""What a brand sets for a partner beside the contract; what the partner itself agrees to."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router

from kernel.clock import utc_now
from shared_apps.accounts.doors import Ref, actor_in, door, found, partner_door
from shared_apps.brands.clock import now
from shared_apps.brands.entering import entered_brand
from shared_apps.partners.actions import agree_to_netting, set_terms, withdraw_netting
from shared_apps.partners.queries import Netting, PartnerTerms, partner_at_brand, partner_terms
from tenant_apps.settlements.policies import may_see_own_settlements, may_see_settlements, may_set_partner_terms
from tenant_apps.settlements.rules.tax import typed_share
from tenant_apps.settlements.schemas import NettingIn, OwnNettingOut, PartnerTermsIn, PartnerTermsOut

router = Router(tags=["settlements"])


@router.get("/partners/{partner}/terms", response=PartnerTermsOut)
@door(may_see_settlements)
def terms(request: HttpRequest, partner: Ref) -> PartnerTerms:  # noqa: ARG001
    """Read what is withheld from a partner, and whether debts may be set off."""
    return found(partner_terms(partner, entered_brand()))


@router.put("/partners/{partner}/terms", response=PartnerTermsOut)
@door(may_set_partner_terms)
def say_terms(request: HttpRequest, partner: Ref, told: PartnerTermsIn) -> PartnerTerms:
    """Set what is withheld from now on, and whether netting is allowed; the partner agrees to that by itself."""
    set_terms(
        brand=entered_brand(), partner_ref=partner, netting=told.netting, actor=actor_in(request), at=now(),
        withholding_rate=typed_share(told.withholding_rate, field="withholding_rate"),
    )  # fmt: skip
    return found(partner_terms(partner, entered_brand()))


@router.get("/partner/netting", response=OwnNettingOut)
@partner_door(may_see_own_settlements)
def netting(request: HttpRequest) -> Netting:
    """Read whether debts may be set off between this brand and others, and the words to agree to."""
    return _netting(request)


@router.post("/partner/netting/agree", response=OwnNettingOut)
@partner_door(may_see_own_settlements)
def agree(request: HttpRequest, told: NettingIn) -> Netting:
    """Agree to the words that were read."""
    agree_to_netting(
        partner=_partner(request), brand=entered_brand(), language=_language(), shown_sha256=told.text_sha256,
        actor=actor_in(request), at=utc_now(),
    )  # fmt: skip
    return _netting(request)


@router.post("/partner/netting/withdraw", response=OwnNettingOut)
@partner_door(may_see_own_settlements)
def withdraw(request: HttpRequest) -> Netting:
    """Take the agreement back."""
    withdraw_netting(partner=_partner(request), brand=entered_brand(), actor=actor_in(request), at=utc_now())
    return _netting(request)


def _partner(request: HttpRequest) -> Any:
    return found(partner_at_brand(actor_in(request).id, entered_brand()))


def _netting(request: HttpRequest) -> Netting:
    return found(partner_terms(actor_in(request).id, entered_brand(), language=_language())).netting


def _language() -> str:
    return get_language() or "en"
