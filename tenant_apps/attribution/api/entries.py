from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from kernel.errors import InvalidInput
from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from tenant_apps.attribution import actions
from tenant_apps.attribution.models import AgentEntry
from tenant_apps.attribution.policies import may_enter_agents, may_see_attributions
from tenant_apps.attribution.queries import agent_entry_by_ref, all_agent_entries
from tenant_apps.attribution.schemas.entries import AgentEntryIn, AgentEntryOut
from tenant_apps.customers.queries import customer_by_ref
from tenant_apps.orders.queries import order_by_ref
from tenant_apps.programs.queries import enrollment_by_ref

router = Router(tags=["agent entries"])


@router.get("/agent-entries", response=list[AgentEntryOut])
@door(may_see_attributions)
@paginate(Pages)
def entries(request: HttpRequest, order: Ref | None = None) -> QuerySet[AgentEntry]:  # noqa: ARG001
    """List agents' entries, the latest first, about one order if one is given."""
    return all_agent_entries().filter(order_ref=order) if order else all_agent_entries()


@router.post("/agent-entries", response=AgentEntryOut)
@door(may_enter_agents)
def enter(request: HttpRequest, payload: AgentEntryIn) -> AgentEntry:
    """Credit a partner with an order, or with a customer from now on; what is paid already is decided again."""
    enrollment = found(enrollment_by_ref(payload.enrollment))
    named = {"order": (payload.order, order_by_ref), "customer": (payload.customer, customer_by_ref)}
    about = {name: look_up(ref) if ref else None for name, (ref, look_up) in named.items()}  # type: ignore[operator]
    unknown = [name for name, (ref, _) in named.items() if ref and about[name] is None]
    if unknown:
        raise InvalidInput(errors=[{"field": name, "message": "is not known"} for name in unknown])
    made = actions.enter_agent(
        enrollment=enrollment, reason=payload.reason, actor=actor_in(request),
        happened_at=payload.happened_at, at=now(), **about,
    )  # fmt: skip
    return found(agent_entry_by_ref(made.public_id))


@router.get("/agent-entries/{entry}", response=AgentEntryOut)
@door(may_see_attributions)
def entry_of(request: HttpRequest, entry: Ref) -> AgentEntry:  # noqa: ARG001
    """Show one entry."""
    return found(agent_entry_by_ref(entry))
