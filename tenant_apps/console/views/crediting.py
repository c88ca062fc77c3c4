"""What gives credit, in the console: registered deals, agents' entries, suspected duplicates, the policy."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.brands.clock import now
from tenant_apps.attribution import actions
from tenant_apps.attribution.models import Deal, DuplicateSuspicion
from tenant_apps.attribution.policies import (
    may_decide_deals,
    may_enter_agents,
    may_resolve_duplicates,
    may_set_attribution_policy,
)
from tenant_apps.attribution.queries import latest_policy
from tenant_apps.console import forms
from tenant_apps.console.queries.crediting import typed_terms
from tenant_apps.console.views.making import Made, maker
from tenant_apps.console.views.verbs import door
from tenant_apps.customers.queries import customer_by_email
from tenant_apps.orders.queries import order_called
from tenant_apps.programs.actions import create_link
from tenant_apps.programs.models import Enrollment, Link, Program
from tenant_apps.programs.policies import may_edit_programs


def _register(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said, currency = form.cleaned_data, request.tenant.currency  # type: ignore[attr-defined]
    deal = actions.register_deal(
        enrollment=said["partner"], company=said["company"], email=said["email"], domain=said["domain"],
        phone=said["phone"], note=said["note"], expected_minor=form.minor("expected", currency), actor=actor, at=now(),
    )  # fmt: skip
    return "attribution_deal", deal.pk


def _enter(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said = form.cleaned_data
    order = order_called(said["order"]) if said["order"] else None
    customer = customer_by_email(said["customer"]) if said["customer"] else None
    for field, found in (("order", order), ("customer", customer)):
        if said[field] and found is None:
            raise InvalidInput(field=field, message=_("is not known"))
    entry = actions.enter_agent(
        enrollment=said["partner"], order=order, customer=customer, happened_at=said["happened_at"],
        reason=said["reason"], actor=actor, at=now(),
    )  # fmt: skip
    return "attribution_agententry", entry.pk


def _code(request: HttpRequest, form: Any, enrollment: Enrollment, actor: Actor) -> Made:
    said = form.cleaned_data
    create_link(
        enrollment=enrollment, code=said["code"], campaign=said["campaign"], kind=Link.Kind.CODE, actor=actor, at=now()
    )
    return "programs_enrollment", enrollment.pk


def _policy(request: HttpRequest, form: Any, program: Program | None, actor: Actor) -> Made:
    at = now()
    made = actions.set_policy(
        terms=form.terms(), program=program, effective_from=form.cleaned_data.get("effective_from") or at,
        actor=actor, at=at,
    )  # fmt: skip
    return "attribution_policy", made.pk


def _as_set(program: Program | None) -> dict[str, Any]:
    """Begin with the terms as they are: what is not touched stays."""
    latest = latest_policy(program)
    return typed_terms(latest.terms if latest else {} if program else actions.DEFAULT_TERMS)


def _qualify(request: HttpRequest, deal: Deal, actor: Actor) -> str:
    actions.qualify_deal(deal=deal, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("%(deal)s is protected.") % {"deal": deal.company}


def _reject(request: HttpRequest, deal: Deal, actor: Actor) -> str:
    actions.reject_deal(deal=deal, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("The registration is rejected; the partner reads why.")


def _extend(request: HttpRequest, deal: Deal, actor: Actor) -> str:
    typed = request.POST.get("days", "").strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6):
        raise InvalidInput(field="days", message=_("give a number of days"))
    actions.extend_deal(deal=deal, days=int(typed), reason=request.POST.get("reason", ""), actor=actor, at=now())
    told = ngettext("Protected for %(days)s day more.", "Protected for %(days)s days more.", int(typed))
    return told % {"days": typed}


def _withdraw(request: HttpRequest, deal: Deal, actor: Actor) -> str:
    actions.withdraw_deal(deal=deal, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("The registration is withdrawn; it protects nobody any more.")


def _one_sale(request: HttpRequest, suspicion: DuplicateSuspicion, actor: Actor) -> str:
    actions.confirm_duplicate(suspicion=suspicion, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("One sale: what the later order earned is taken back.")


def _two_sales(request: HttpRequest, suspicion: DuplicateSuspicion, actor: Actor) -> str:
    actions.dismiss_duplicate(suspicion=suspicion, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("Two sales: what was held goes on.")


register = maker(forms.DealForm, may_decide_deals)(_register)
enter = maker(forms.AgentEntryForm, may_enter_agents)(_enter)
make_code = maker(forms.CodeForm, may_edit_programs, Enrollment)(_code)
set_policy = maker(forms.PolicyForm, may_set_attribution_policy, begin=_as_set)(_policy)
set_override = maker(forms.OverrideForm, may_set_attribution_policy, Program, begin=_as_set)(_policy)
qualify = door(Deal, may_decide_deals)(_qualify)
reject = door(Deal, may_decide_deals)(_reject)
extend = door(Deal, may_decide_deals)(_extend)
withdraw = door(Deal, may_decide_deals)(_withdraw)
one_sale = door(DuplicateSuspicion, may_resolve_duplicates)(_one_sale)
two_sales = door(DuplicateSuspicion, may_resolve_duplicates)(_two_sales)
