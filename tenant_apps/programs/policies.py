from typing import TYPE_CHECKING

import rules

from kernel.actor import Actor
from shared_apps.accounts.policies import is_admin, is_operations, is_operator, is_partner

if TYPE_CHECKING:
    from tenant_apps.programs.models import ContractVersion, Enrollment


@rules.predicate  # type: ignore[untyped-decorator]
def is_party(actor: Actor, version: "ContractVersion") -> bool:
    """The version is of this partner's own deal."""
    return version.enrollment.partner_ref == actor.id


@rules.predicate  # type: ignore[untyped-decorator]
def paper_is_allowed(actor: Actor, enrollment: "Enrollment") -> bool:  # noqa: ARG001
    """The program lets operators record versions as signed on paper: all, or those of a deal that has none yet."""
    rule = enrollment.program.on_paper
    if rule == "first":
        return not enrollment.contract_versions.filter(effective_from__isnull=False).exists()
    return rule == "always"


may_see_programs = is_operator
# Finance pays by the terms and therefore does not make them: who proposes is never who pays out.
may_edit_programs = is_admin | is_operations
may_propose_contracts = is_admin | is_operations
may_record_on_paper = may_propose_contracts & paper_is_allowed
may_set_paper_rule = is_admin
may_see_own_contracts = is_partner
may_answer_contract = is_partner & is_party
