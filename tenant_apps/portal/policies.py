from typing import TYPE_CHECKING

import rules

from kernel.actor import Actor
from shared_apps.accounts.policies import is_partner

if TYPE_CHECKING:
    from tenant_apps.attribution.models import Deal
    from tenant_apps.commissions.models import Commission
    from tenant_apps.settlements.models import Statement


@rules.predicate  # type: ignore[untyped-decorator]
def is_its_commission(actor: Actor, commission: "Commission") -> bool:
    """The commission is this partner's own."""
    return commission.partner_ref == actor.id


@rules.predicate  # type: ignore[untyped-decorator]
def is_its_statement(actor: Actor, statement: "Statement") -> bool:
    """The statement was issued to this partner."""
    return statement.settlement.partner_ref == actor.id


@rules.predicate  # type: ignore[untyped-decorator]
def is_its_deal(actor: Actor, deal: "Deal") -> bool:
    """The partner registered it."""
    return deal.enrollment.partner_ref == actor.id


may_enter_portal = is_partner
may_view_commission = is_partner & is_its_commission
may_view_statement = is_partner & is_its_statement
may_withdraw_own_deal = is_partner & is_its_deal
