from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from kernel.payload import Payload
from tenant_apps.attribution.models import Policy
from tenant_apps.attribution.queries import latest_policy
from tenant_apps.attribution.rules import parse_policy

if TYPE_CHECKING:
    from tenant_apps.programs.models import Program

DEFAULT_TERMS: dict[str, Any] = {
    "model": "last",
    "window_days": 90,
    "ladder": [["registered_deal"], ["agent"], ["code"], ["click", "view", "import"]],
}


@transaction.atomic
def ensure_policy(*, terms: dict[str, Any], at: datetime) -> Policy:
    """Return the brand's policy with these terms, as a new version when the latest has others.

    `terms` has the shape of the preview contract's `policy`. Raises InvalidInput naming the field.
    """
    parse_policy(Payload(terms, "policy"))
    latest = latest_policy()
    if latest is not None and latest.terms == terms:
        return latest
    try:
        return next_version(program=None, terms=terms, effective_from=at)
    except IntegrityError:  # another writer took the number; its terms may be ours
        return ensure_policy(terms=terms, at=at)


def next_version(*, program: "Program | None", terms: dict[str, Any], effective_from: datetime) -> Policy:
    """Write the next version; raises IntegrityError when another writer took its number."""
    latest = latest_policy(program)
    with transaction.atomic():
        return Policy.objects.create(
            program=program, number=latest.number + 1 if latest else 1, terms=terms, effective_from=effective_from
        )
