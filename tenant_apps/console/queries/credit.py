from typing import Any

from tenant_apps.attribution.models import Attribution
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import Kind
from tenant_apps.console.queries.books import entries_about
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import Enrollment


def attribution_story(attribution: Attribution) -> dict[str, Any]:
    """Return a decision with its shares, every touch's verdict and the order it is about."""
    return {
        "attribution": attribution,
        "order": Order.objects.filter(public_id=attribution.order_ref).first(),
        "shares": attribution.shares.select_related("enrollment").order_by("position"),
        "names": {enrollment.public_id: str(enrollment) for enrollment in Enrollment.objects.all()[:500]},
        "policy_terms": {name: _readable(value) for name, value in attribution.policy.terms.items()},
    }


def _readable(term: Any) -> str:
    """Write a term of a policy; the ladder as its steps, first choice first."""
    return " › ".join(", ".join(group) for group in term) if isinstance(term, list) else str(term)


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
        "entries": entries_about([commission.public_id]),
        "net_minor": commission.amount_minor + sum(row.amount_minor for row in commission.reversals.all()),
    }


def enrollment_story(enrollment: Enrollment) -> dict[str, Any]:
    """Return a partner's deal: contract versions, links, sites, latest commissions."""
    return {
        "enrollment": enrollment,
        "versions": enrollment.contract_versions.order_by("-number"),
        "links": enrollment.links.order_by("code"),
        "sites": enrollment.sites.order_by("name"),
        "commissions": enrollment.commissions.order_by("-pk")[:20],
    }
