"""A partner's name, tax and account over the partner host's API: read at any time, changed right after signing in."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from kernel.clock import utc_now
from shared_apps.accounts.acting import authenticated_at
from shared_apps.accounts.doors import Pages, Ref, actor_in, found, partner_host_door
from shared_apps.accounts.models import User
from shared_apps.partners.actions import say_payout, say_tax
from shared_apps.partners.models import Partner
from shared_apps.partners.policies import may_see_own_identity
from shared_apps.partners.queries import (
    partners_of_user,
    payout_frozen_until,
    payout_profile,
    profile_gaps,
    tax_profile,
)
from shared_apps.partners.schemas import PartnerOut, PayoutIn, ProfileOut, TaxIn

router = Router(tags=["partner"])


@router.get("/partners", response=list[PartnerOut])
@partner_host_door(may_see_own_identity)
@paginate(Pages)
def partners(request: HttpRequest) -> list[Partner]:
    """List the partners you act for, by name."""
    return _acted_for(request)


@router.get("/partners/{partner}/profile", response=ProfileOut)
@partner_host_door(may_see_own_identity)
def profile(request: HttpRequest, partner: Ref) -> dict[str, Any]:
    """Show what a partner said of its tax and its account, what is missing, and until when a change stops payouts."""
    return _profile(_own(request, partner))


@router.put("/partners/{partner}/tax", response=ProfileOut)
@partner_host_door(may_see_own_identity)
def change_tax(request: HttpRequest, partner: Ref, payload: TaxIn) -> dict[str, Any]:
    """Change name, address and tax, at most five minutes after signing in; 403 `reauthentication_needed` later."""
    own = _own(request, partner)
    say_tax(partner=own, facts=payload.facts, **_by(request))
    return _profile(own)


@router.put("/partners/{partner}/payout", response=ProfileOut)
@partner_host_door(may_see_own_identity)
def change_payout(request: HttpRequest, partner: Ref, payload: PayoutIn) -> dict[str, Any]:
    """Change where the money goes, at most five minutes after signing in; each change stops payouts for 72 hours."""
    own = _own(request, partner)
    say_payout(partner=own, facts=payload.facts, **_by(request))
    return _profile(own)


def _acted_for(request: HttpRequest) -> list[Partner]:
    return partners_of_user(request.user) if isinstance(request.user, User) else []


def _own(request: HttpRequest, ref: str) -> Partner:
    """Return a partner the user acts for; any other is as unknown as one that is none."""
    return found(next((each for each in _acted_for(request) if each.public_id == ref), None))


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": actor_in(request), "authenticated_at": authenticated_at(request), "at": utc_now()}


def _profile(partner: Partner) -> dict[str, Any]:
    ref, frozen = partner.public_id, payout_frozen_until(partner.public_id)
    return {
        "id": ref, "tax": tax_profile(ref), "payout": payout_profile(ref), "missing": profile_gaps(ref),
        "frozen_until": frozen if frozen and frozen > utc_now() else None,
    }  # fmt: skip
