from datetime import datetime
from decimal import Decimal
from typing import Any

from tenant_apps.attribution.models import Attribution
from tenant_apps.attribution.queries import versions_of_order
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import CommissionState, HoldReason, Kind
from tenant_apps.console.queries.books import entries_about
from tenant_apps.console.queries.contracts import with_rules
from tenant_apps.console.queries.crediting import TERMS, said_term
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment
from tenant_apps.programs.queries import enrollments_by_refs


def attribution_story(attribution: Attribution) -> dict[str, Any]:
    """Return a decision whole: shares, every candidate's verdict and weight, its versions, what this one changed."""
    told = {verdict["participant"] for verdict in attribution.verdicts if verdict["participant"]}
    told |= {change["participant"] for change in attribution.changes}
    return {
        "attribution": attribution,
        "order": Order.objects.filter(public_id=attribution.order_ref).first(),
        "shares": attribution.shares.select_related("enrollment").order_by("position"),
        "names": {ref: str(enrollment) for ref, enrollment in enrollments_by_refs(sorted(told)).items()},
        "policy_terms": [
            (TERMS[name], said_term(name, attribution.policy.terms[name]))
            for name in TERMS
            if name in attribution.policy.terms
        ],
        "verdicts": [_candidate(verdict) for verdict in attribution.verdicts],
        "versions": versions_of_order(attribution.order_ref),
    }


def _candidate(verdict: dict[str, Any]) -> dict[str, Any]:
    return verdict | {
        "happened": datetime.fromisoformat(verdict["at"]), "channel": verdict["channel"].replace("_", " "),
        "percent": f"{Decimal(verdict['weight']) * 100:.2f} %", "weighs": Decimal(verdict["weight"]) > 0,
    }  # fmt: skip


def commission_story(commission: Commission) -> dict[str, Any]:
    """Return a commission with its steps, its contract, its reversals and the ledger entries it caused."""
    line = getattr(commission, "settlement_line", None)
    return {
        "commission": commission,
        "order": Order.objects.filter(public_id=commission.order_ref).first(),
        "attribution": Attribution.objects.filter(public_id=commission.attribution_ref).first(),
        "reversals": commission.reversals.order_by("pk"),
        "parts": commission.derived.filter(kind=Kind.ADJUSTMENT).order_by("pk"),
        "settlement": line.settlement if line else None,
        "may_decide": _is_decided_here(commission),
        "entries": entries_about([commission.public_id]),
        "net_minor": commission.amount_minor + sum(row.amount_minor for row in commission.reversals.all()),
    }


def _is_decided_here(commission: Commission) -> bool:
    """Whether an operator may hold, release or cancel the line: it stands on its own and is not payable yet."""
    state = CommissionState(commission.state)
    is_claimed = commission.held_for == HoldReason.DISPUTED and state is CommissionState.HOLD
    stands_alone = Kind(commission.kind).is_original and commission.moves_with_id is None
    return stands_alone and state.is_before_payable and not is_claimed


def enrollment_story(enrollment: Enrollment) -> dict[str, Any]:
    """Return a partner's deal: contract versions, links, sites, latest commissions."""
    return {
        "enrollment": enrollment,
        "versions": with_rules(enrollment.contract_versions.order_by("-number")),
        "links": enrollment.links.order_by("code"),
        "sites": enrollment.sites.order_by("name"),
        "commissions": enrollment.commissions.order_by("-pk")[:20],
    }
