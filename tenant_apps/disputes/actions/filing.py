from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kernel.actor import Actor
from tenant_apps.disputes.actions.opening import open_dispute
from tenant_apps.disputes.actions.submitting import submit_claim
from tenant_apps.disputes.files import Shown
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.queries import had_part
from tenant_apps.orders.queries import order_called

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment


def file_claim(
    *, order: str, claimant: "Enrollment", claimed: str, grounds: str, statement: str, actor: Actor, at: datetime,
    files: Sequence[Shown] = (), links: Sequence[str] = (),
) -> CreditDispute:  # fmt: skip
    """File a partner's claim: open it on a sale in which the partner had a part, else submit it as it names the sale.

    Nothing tells a sale in which it had no part from one that does not exist. Raises what either way raises.
    """
    said: dict[str, Any] = {
        "claimant": claimant, "claimed": claimed, "grounds": grounds, "statement": statement, "files": files,
        "links": links, "actor": actor, "at": at,
    }  # fmt: skip
    known = order_called(order)
    if known is None or not had_part(known.public_id, claimant.partner_ref):
        return submit_claim(order=order, **said)
    return open_dispute(order_ref=known.public_id, **said)
