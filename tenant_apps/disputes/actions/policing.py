from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from kernel.actor import Actor
from kernel.payload import Payload
from shared_apps.audit.actions import record
from tenant_apps.disputes.models import DisputePolicy
from tenant_apps.disputes.queries import latest_policy
from tenant_apps.disputes.rules import Terms, parse_terms


@transaction.atomic
def set_policy(*, terms: dict[str, Any], actor: Actor, at: datetime) -> DisputePolicy:
    """Set the brand's terms for claims from now on; open claims keep theirs. The same terms make no new version.

    Raises InvalidInput naming the field.
    """
    read = parse_terms(Payload(terms, "terms")).as_dict()
    latest = latest_policy()
    if latest is not None and latest.terms == read:
        return latest
    try:
        with transaction.atomic():
            policy = DisputePolicy.objects.create(
                number=latest.number + 1 if latest else 1, terms=read, effective_from=at
            )
    except IntegrityError:  # another writer took the number; its terms may be ours
        return set_policy(terms=terms, actor=actor, at=at)
    before = latest.terms if latest else Terms().as_dict()
    record(actor=actor, verb="dispute_policy.set", subject=policy, at=at, before=before, after=read)
    return policy
