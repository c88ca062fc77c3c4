from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from tenant_apps.attribution.models import Policy
from tenant_apps.attribution.rules.policy_changes import HOUSE_TERMS, TermChange, changed_terms

if TYPE_CHECKING:
    from tenant_apps.programs.models import Program


def all_policies() -> QuerySet[Policy]:
    """Return every version of the brand's and the programs' policies, newest first."""
    return Policy.objects.select_related("program").order_by("-pk")


def latest_policy(program: "Program | None" = None) -> Policy | None:
    """Return the last version of the brand's policy, or of a program's; None when there is none."""
    return Policy.objects.filter(program=program).order_by("-number").first()


def policy_at(at: datetime) -> Policy | None:
    """Return the brand's policy in effect at an instant: before the first one, the first; None when there is none."""
    versions = Policy.objects.filter(program=None)
    effective = versions.filter(effective_from__lte=at).order_by("-number").first()
    return effective or versions.order_by("number").first()


def overrides_at(programs: Sequence[str], at: datetime) -> dict[str, Policy]:
    """Return what these programs (public ids) say for themselves at an instant; one that says nothing is absent."""
    found = Policy.objects.filter(program__public_id__in=programs, effective_from__lte=at)
    latest = found.select_related("program").order_by("program", "-number").distinct("program")
    return {policy.program.public_id: policy for policy in latest if policy.program and policy.terms}


def policies_since(at: datetime, *, of_programs: bool) -> list[Policy]:
    """Return the versions in effect at an instant and all that come later: of the brand, or of every program."""
    found: list[Policy] = []
    begun: set[int | None] = set()
    for policy in Policy.objects.filter(program__isnull=not of_programs).select_related("program").order_by("-number"):
        if policy.program_id not in begun:
            found.append(policy)
        if policy.effective_from <= at:
            begun.add(policy.program_id)
    return found


def policy_by_ref(ref: str) -> Policy | None:
    """Return a version of a policy by its public id."""
    return all_policies().filter(public_id=ref).first()


def policy_before(policy: Policy) -> Policy | None:
    """Return the version before, of the same brand or program; None for the first."""
    return Policy.objects.filter(program=policy.program, number=policy.number - 1).first()


def changes_of_policy(policy: Policy) -> list[TermChange]:
    """Return what a version says otherwise than the one before; the first says everything anew.

    What a brand does not say is as the house has it, so saying the same aloud is no change.
    """
    before = policy_before(policy)
    house = HOUSE_TERMS if before and policy.program is None else {}
    return changed_terms({**house, **(before.terms if before else {})}, {**house, **policy.terms})
