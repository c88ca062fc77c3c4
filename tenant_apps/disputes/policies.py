from typing import TYPE_CHECKING

import rules

from kernel.actor import Actor
from shared_apps.accounts.policies import is_admin, is_finance, is_operations, is_operator, is_partner

if TYPE_CHECKING:
    from tenant_apps.disputes.models import CreditDispute


@rules.predicate  # type: ignore[untyped-decorator]
def is_claimant(actor: Actor, dispute: "CreditDispute") -> bool:
    """The claim is this partner's own."""
    return dispute.claimant.partner_ref == actor.id


@rules.predicate  # type: ignore[untyped-decorator]
def is_counterparty(actor: Actor, dispute: "CreditDispute") -> bool:
    """The partner's share would shrink by the claim."""
    return any(party.enrollment.partner_ref == actor.id for party in dispute.parties.all())


may_see_disputes = is_operator
may_open_disputes = is_admin | is_operations
may_decide_disputes = is_admin | is_finance
may_set_dispute_policy = is_admin
may_see_own_disputes = is_partner
may_claim_credit = is_partner
may_view_own_dispute = is_partner & (is_claimant | is_counterparty)
may_withdraw_own_dispute = is_partner & is_claimant
may_answer_dispute = is_partner & is_counterparty
