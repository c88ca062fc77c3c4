"""Claims to credit in the console: opened for a partner, answered for the other side; the brand's terms for them."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.brands.clock import now
from tenant_apps.console import forms
from tenant_apps.console.views.making import Made, maker
from tenant_apps.console.views.verbs import door
from tenant_apps.disputes.actions import (
    answer_dispute,
    open_dispute,
    set_policy,
)
from tenant_apps.disputes.models import Party
from tenant_apps.disputes.policies import may_open_disputes, may_set_dispute_policy
from tenant_apps.orders.queries import order_called
from tenant_apps.programs.queries import enrollment_by_ref


def _claim(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said = form.cleaned_data
    order, claimant = order_called(said["order"]), enrollment_by_ref(said["enrollment"])
    if claimant is None:
        raise InvalidInput(field="enrollment", message=_("is no partner of this brand"))
    told = {name: said[name] for name in ("claimed", "grounds", "statement", "links")}
    made = open_dispute(order_ref=order.public_id if order else "", claimant=claimant, actor=actor, at=now(), **told)
    return "disputes_creditdispute", made.pk


def _terms(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    set_policy(terms=dict(form.cleaned_data), actor=actor, at=now())
    return "disputes_creditdispute_changelist", None


def _answer(request: HttpRequest, party: Party, actor: Actor) -> str:
    answer_dispute(
        dispute=party.dispute, party=party, position=request.POST.get("position", ""),
        statement=request.POST.get("statement", ""), actor=actor, at=now(),
    )  # fmt: skip
    return _("Written down for %(partner)s.") % {"partner": party.enrollment.partner_name}


new_claim = maker(forms.ClaimForm, may_open_disputes)(_claim)
claim_terms = maker(forms.ClaimTermsForm, may_set_dispute_policy)(_terms)
answer = door(Party, may_open_disputes)(_answer)
