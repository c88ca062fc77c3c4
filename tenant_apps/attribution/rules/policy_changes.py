"""What differs between two versions of a policy, term by term, in the order in which terms are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenant_apps.attribution.rules.policy import DEFAULT_LADDER, FIELDS, CodeCredit, Direct, Guard

# As `Policy` begins, in the shape of the preview contract.
HOUSE_TERMS: dict[str, Any] = {
    "window_days": 90, "self_referral": str(Guard.REFUSE), "late_click": str(Guard.REFUSE),
    "ladder": [sorted(group) for group in DEFAULT_LADDER], "direct": str(Direct.IGNORE),
    "code": str(CodeCredit.OWNER), "deal_days": 90,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TermChange:
    """One term before and after; None where it did not stand or does not any more."""

    term: str
    before: Any
    after: Any


def changed_terms(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[TermChange]:
    """Return the terms that differ, nothing when the two say the same.

    Terms are compared as they are written: what is not said is not the same as the house's value said.
    """
    return [
        TermChange(name, before.get(name), after.get(name)) for name in FIELDS if before.get(name) != after.get(name)
    ]
