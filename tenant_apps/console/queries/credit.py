from datetime import datetime
from decimal import Decimal
from typing import Any

from shared_apps.brands.entering import entered_brand
from shared_apps.partners.queries import partner_terms
from tenant_apps.attribution.models import Attribution
from tenant_apps.attribution.queries import channel_text, explained_verdict, versions_of_order
from tenant_apps.console.queries.contracts import with_rules
from tenant_apps.console.queries.crediting import TERMS, said_term
from tenant_apps.console.showing import percent_text
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
        "happened": datetime.fromisoformat(verdict["at"]), "channel": channel_text(verdict["channel"]),
        "explanation": explained_verdict(verdict),
        "percent": percent_text(Decimal(verdict['weight'])), "weighs": Decimal(verdict["weight"]) > 0,
    }  # fmt: skip


def enrollment_story(enrollment: Enrollment) -> dict[str, Any]:
    """Return a partner's deal: contract versions, links, sites, latest commissions."""
    terms = partner_terms(enrollment.partner_ref, entered_brand())
    return {
        "enrollment": enrollment,
        "terms": terms,
        "withheld": percent_text(terms.withholding_rate) if terms else "",
        "versions": with_rules(enrollment.contract_versions.order_by("-number")),
        "links": enrollment.links.order_by("code"),
        "sites": enrollment.sites.order_by("name"),
        "commissions": enrollment.commissions.order_by("-pk")[:20],
    }
