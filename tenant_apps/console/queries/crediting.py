"""Reads behind the pages of what gives credit: deals and their rivals, duplicates side by side, policies in words."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from kernel.money import Money
from shared_apps.brands.clock import now
from tenant_apps.attribution.models import AgentEntry, Deal, DuplicateSuspicion, Import, ImportRow, Policy
from tenant_apps.attribution.queries import (
    bought_before,
    changes_of_policy,
    channel_text,
    first_rows,
    orders_of_suspicion,
    policy_before,
    rivals_of,
    role_text,
)
from tenant_apps.attribution.states import ImportKind
from tenant_apps.commissions.queries import earnings_of_order
from tenant_apps.customers.models import Customer
from tenant_apps.orders.models import Order, OutsideRefund
from tenant_apps.orders.queries import orders_by_refs
from tenant_apps.orders.queries.outside import outside_refunds_by_refs
from tenant_apps.programs.models import Enrollment
from tenant_apps.programs.queries import enrollments_by_refs

SHOWN = 20

TERMS = {
    "model": gettext_lazy("Model"), "window_days": gettext_lazy("Window"),
    "half_life_days": gettext_lazy("Half-life"), "first": gettext_lazy("First touch"),
    "last": gettext_lazy("Last touch"), "first_bonus": gettext_lazy("Bonus of the first touch"),
    "last_bonus": gettext_lazy("Bonus of the last touch"), "self_referral": gettext_lazy("Buying for oneself"),
    "late_click": gettext_lazy("Click while a form is open"), "ladder": gettext_lazy("What goes before what"),
    "pools": gettext_lazy("Pools of roles"), "direct": gettext_lazy("Direct visits"),
    "code": gettext_lazy("Coupon codes"), "deal_days": gettext_lazy("Registered deals"),
}  # fmt: skip
WORDS = {
    ("model", "last"): gettext_lazy("the last touch takes it all"),
    ("model", "first"): gettext_lazy("the first touch takes it all"),
    ("model", "linear"): gettext_lazy("every touch counts the same"),
    ("model", "position"): gettext_lazy("first and last have fixed parts, the middle shares the rest"),
    ("model", "time_decay"): gettext_lazy("a touch counts half after each half-life"),
    ("model", "bonus"): gettext_lazy("first and last have a bonus, all share the rest"),
    ("self_referral", "refuse"): gettext_lazy("earns nothing"),
    ("self_referral", "allow"): gettext_lazy("earns like others"),
    ("late_click", "refuse"): gettext_lazy("earns nothing"),
    ("late_click", "allow"): gettext_lazy("competes"),
    ("direct", "ignore"): gettext_lazy("are ignored"),
    ("direct", "count"): gettext_lazy("count, and their part stays with the brand"),
    ("code", "owner"): gettext_lazy("credit their owner"),
    ("code", "none"): gettext_lazy("credit nobody"),
}


def deal_story(deal: Deal) -> dict[str, Any]:
    """Return a deal with its clock, what the prospect bought before, who else registered it, and the sale it won."""
    at = now()
    left = deal.protected_until - at if deal.protected_until and deal.is_live(at) else None
    bought = bought_before(deal)
    return {
        "deal": deal, "left": left, "ends_soon": left is not None and left < timedelta(days=7),
        "days_left": left.days if left is not None else 0, "rivals": rivals_of(deal),
        "bought": bought.count(), "bought_last": bought.first(),
        "order": Order.objects.filter(public_id=deal.order_ref).first() if deal.order_ref else None,
    }  # fmt: skip


def entry_story(entry: AgentEntry) -> dict[str, Any]:
    """Return an agent's entry with what it is about."""
    return {
        "entry": entry, "order": Order.objects.filter(public_id=entry.order_ref).first(),
        "customer": Customer.objects.filter(public_id=entry.customer_ref).first(),
    }  # fmt: skip


def suspicion_story(suspicion: DuplicateSuspicion) -> dict[str, Any]:
    """Return two orders side by side, row by row, with what differs and what each earned."""
    earlier, later = orders_of_suspicion(suspicion)
    earned = {
        order.pk: list(earnings_of_order(order.public_id).select_related("enrollment").order_by("pk"))
        for order in (earlier, later)
    }
    facts = [
        (_("Source"), "source"), (_("Id there"), "external_id"), (_("Customer"), "customer"),
        (_("Typed code"), "code"), (_("Came by"), "via_code"), (_("Visitor"), "visitor_ref"),
    ]  # fmt: skip
    return {
        "suspicion": suspicion, "earlier": earlier, "later": later, "apart": later.placed_at - earlier.placed_at,
        "facts": [
            {"label": label, "earlier": getattr(earlier, name), "later": getattr(later, name)} for label, name in facts
        ],
        "earned": (earned[earlier.pk], earned[later.pk]),
    }  # fmt: skip


def import_story(file: Import) -> dict[str, Any]:
    """Return a file with its first rows as they were understood, and what each became."""
    rows = first_rows(file, SHOWN)
    refs = [row.result_ref for row in rows if row.result_ref]
    became = outside_refunds_by_refs(refs) if file.kind == ImportKind.REFUNDS else orders_by_refs(refs)
    partners = enrollments_by_refs(sorted({row.facts["enrollment"] for row in rows if row.facts.get("enrollment")}))
    return {
        "file": file, "fresh": file.rows_total - file.rows_known, "totals": [(m, c) for c, m in file.totals.items()],
        "rows": [_row(row, became.get(row.result_ref), partners.get(row.facts.get("enrollment", ""))) for row in rows],
    }  # fmt: skip


def _row(row: ImportRow, became: Order | OutsideRefund | None, partner: Enrollment | None) -> dict[str, Any]:
    facts, beside = row.facts, str(partner) if partner else ""
    order = became.order if isinstance(became, OutsideRefund) else became
    total, currency = facts.get("total_minor"), facts.get("currency", "")
    if became is not None:
        total = became.applied_minor if isinstance(became, OutsideRefund) else became.total_minor
        currency = became.currency
    elif facts.get("amount_minor", total) != total:
        told = Money(facts["amount_minor"], currency).format(get_language() or "en")
        beside = _("told %(amount)s: no more is left of the sale") % {"amount": told}
    said = (facts.get("offer"), facts.get("email"), facts.get("sale"), facts.get("date"), facts.get("reason"))
    return {
        "row": row, "beside": beside, "order_pk": order.pk if order else None, "order_text": str(order),
        "told": " · ".join(filter(None, said)), "total_minor": total, "currency": currency,
    }  # fmt: skip


def policy_story(policy: Policy) -> dict[str, Any]:
    """Return a version in words, with what differs from the one before."""
    return {
        "policy": policy, "before": policy_before(policy),
        "terms": [(TERMS[name], said_term(name, policy.terms[name])) for name in TERMS if name in policy.terms],
        "changes": [
            (TERMS[change.term], said_term(change.term, change.before), said_term(change.term, change.after))
            for change in changes_of_policy(policy)
        ],
    }  # fmt: skip


def said_term(name: str, value: Any) -> str:
    """Write one term of a policy as a person reads it; what is not said is a dash."""
    if value is None:
        return "–"
    if name == "ladder":
        return " › ".join(", ".join(channel_text(channel) for channel in group) for group in value)
    if name == "pools":
        return "; ".join(f"{', '.join(role_text(role) for role in pool['roles'])}: {pool['weight']}" for pool in value)
    if name.endswith("_days"):
        return ngettext("%(days)s day", "%(days)s days", int(value) if str(value).isdigit() else 2) % {"days": value}
    return str(WORDS.get((name, value), value))


def typed_terms(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return terms as the form types them: steps and pools one per line."""
    typed = dict(terms)
    if "ladder" in terms:
        typed["ladder"] = "\n".join(", ".join(group) for group in terms["ladder"])
    if "pools" in terms:
        typed["pools"] = "\n".join(f"{', '.join(pool['roles'])} = {pool['weight']}" for pool in terms["pools"])
    return typed
