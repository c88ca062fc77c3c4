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
    order = order_by_ref(payload.order) if payload.order else None
    customer = customer_by_ref(payload.customer) if payload.customer else None
    told = (("order", payload.order, order), ("customer", payload.customer, customer))
    if unknown := [name for name, ref, known in told if ref and known is None]:
        raise InvalidInput(errors=[{"field": name, "message": "is not known"} for name in unknown])
    made = actions.enter_agent(
        enrollment=enrollment, order=order, customer=customer, reason=payload.reason, happened_at=payload.happened_at,
        actor=actor_in(request), at=now(),
    )  # fmt: skip
    return found(agent_entry_by_ref(made.public_id))


@router.get("/agent-entries/{entry}", response=AgentEntryOut)
@door(may_see_attributions)
def entry_of(request: HttpRequest, entry: Ref) -> AgentEntry:  # noqa: ARG001
    """Show one entry."""
    return found(agent_entry_by_ref(entry))
