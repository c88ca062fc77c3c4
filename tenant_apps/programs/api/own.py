"""A partner's own contracts: who asks entered the brand's portal, and sees and answers nothing but its own."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, found, partner_door
from shared_apps.brands.clock import now
from tenant_apps.programs import actions
from tenant_apps.programs.models import ContractVersion
from tenant_apps.programs.policies import may_see_own_contracts
from tenant_apps.programs.queries import Reading, reading_of, version_of_partner, versions_of_partner
from tenant_apps.programs.schemas import AcceptIn, DeclineIn, OwnReadingOut, OwnVersionOut
from tenant_apps.programs.states import ContractState

router = Router(tags=["partner"])


@router.get("/partner/contracts", response=list[OwnVersionOut])
@partner_door(may_see_own_contracts)
@paginate(Pages)
def contracts(request: HttpRequest, state: ContractState | None = None) -> QuerySet[ContractVersion]:
    """List the versions of your contracts here that were put before you, the latest first."""
    versions = versions_of_partner(actor_in(request).id)
    return versions.filter(state=state) if state else versions


@router.get("/partner/contracts/{version}", response=OwnReadingOut)
@partner_door(may_see_own_contracts)
def contract(request: HttpRequest, version: Ref) -> Reading:
    """Read one version in plain words beside the one it replaces."""
    return reading_of(_own(request, version))


@router.post("/partner/contracts/{version}/accept", response=OwnVersionOut)
@partner_door(may_see_own_contracts)
def accept(request: HttpRequest, version: Ref, payload: AcceptIn) -> ContractVersion:
    """Agree to a proposal as it was read, signed with your name."""
    actions.accept(
        version=_own(request, version), read_sha256=payload.read_sha256, signed=payload.signed,
        actor=actor_in(request), at=now(),
    )  # fmt: skip
    return _own(request, version)


@router.post("/partner/contracts/{version}/decline", response=OwnVersionOut)
@partner_door(may_see_own_contracts)
def decline(request: HttpRequest, version: Ref, payload: DeclineIn) -> ContractVersion:
    """Decline a proposal with the reason that the brand reads."""
    actions.decline(version=_own(request, version), reason=payload.reason, actor=actor_in(request), at=now())
    return _own(request, version)


def _own(request: HttpRequest, version: str) -> ContractVersion:
    """Return the partner's own version; another partner's is as unknown as one that is none."""
    return found(version_of_partner(actor_in(request).id, version))
