"""Statements corrected, sums adjusted, debts written off: each proposed by one person, decided by another."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.money import Money
from shared_apps.brands.clock import now
from shared_apps.brands.entering import entered_brand
from tenant_apps.console import forms
from tenant_apps.console.queries.correcting import typed_amount
from tenant_apps.console.site import site
from tenant_apps.console.views.making import Made, maker
from tenant_apps.console.views.settling import sent
from tenant_apps.console.views.verbs import door
from tenant_apps.programs.queries import all_enrollments
from tenant_apps.settlements import actions
from tenant_apps.settlements.models import Adjustment, Correction, CreditNote, Statement
from tenant_apps.settlements.policies import may_approve_settlements, may_close_periods
from tenant_apps.settlements.queries import PossibleSetOff, possible_set_offs


class PartnersForm(forms.AdjustmentForm):
    """The form with this brand's partners, those who left included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = all_enrollments().order_by("partner_name").values_list("partner_ref", "partner_name").distinct()
        self.offer(list(rows), entered_brand().currency)


class DebtsForm(forms.SetOffForm):
    """The form with the debts that may be set off now."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = possible_set_offs()
        self.debts = {f"{each.partner_ref} {each.brand.public_id} {each.currency}": each for each in every}
        self.offer([(key, _told(each)) for key, each in self.debts.items()])


def _told(debt: PossibleSetOff) -> str:
    most = Money(debt.most_minor, debt.currency).format(get_language() or "en")
    return f"{debt.partner_name}: {debt.brand.name}, {most}"


def _propose_set_off(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said = form.cleaned_data
    debt = form.debts[said["debt"]]
    amount = form.minor("amount", debt.currency) if said["amount"].strip() else None
    proposed = actions.propose_set_off(
        partner_ref=debt.partner_ref, brand_ref=debt.brand.public_id, currency=debt.currency, amount_minor=amount,
        reason=said["reason"], actor=actor, at=now(),
    )  # fmt: skip
    return "settlements_adjustment", proposed.pk


def _propose_adjustment(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said = form.cleaned_data
    common: dict[str, Any] = {
        "partner_ref": said["partner"], "currency": said["currency"].upper(), "reason": said["reason"],
        "actor": actor, "at": now(),
    }  # fmt: skip
    if said["what"] == "write_off":
        amount = form.minor("amount", common["currency"]) if said["amount"].strip() else None
        return "settlements_adjustment", actions.propose_write_off(**common, amount_minor=amount).pk
    amount = form.minor("amount", common["currency"])
    return "settlements_adjustment", actions.propose_adjustment(**common, amount_minor=amount).pk


def _approve_adjustment(request: HttpRequest, adjustment: Adjustment, actor: Actor) -> str:
    amount = typed_amount(adjustment)
    if request.POST.get("typed", "").strip() != amount:
        raise InvalidInput(field="typed", message=_("Type the amount (%(amount)s) to approve it.") % {"amount": amount})
    actions.approve_adjustment(adjustment=adjustment, actor=actor, at=now())
    return _("Approved and booked. It stands on the partner's next statement.")


def _decline_adjustment(request: HttpRequest, adjustment: Adjustment, actor: Actor) -> str:
    actions.decline_adjustment(adjustment=adjustment, reason=_reason(request), actor=actor, at=now())
    return _("Declined. Nothing was booked.")


def _propose_correction(request: HttpRequest, statement: Statement, actor: Actor) -> str:
    actions.propose_correction(statement=statement, reason=_reason(request), actor=actor, at=now())
    return _("Proposed. A second person issues the credit note and the next version.")


def _approve_correction(request: HttpRequest, correction: Correction, actor: Actor) -> str:
    number = correction.statement.number
    if request.POST.get("typed", "").strip() != number:
        raise InvalidInput(field="typed", message=_("Type the number (%(number)s) to correct it.") % {"number": number})
    later = actions.approve_correction(correction=correction, actor=actor, at=now())
    return _("Issued: %(number)s takes the place of the statement.") % {"number": later.number}


def _decline_correction(request: HttpRequest, correction: Correction, actor: Actor) -> str:
    actions.decline_correction(correction=correction, reason=_reason(request), actor=actor, at=now())
    return _("Declined. The statement stays in force.")


@require_GET
@xframe_options_sameorigin
def download_credit_note(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Send a credit note as PDF, CSV or page: what the partner gets, from the same snapshot."""
    credit_note = CreditNote.objects.filter(pk=pk).first()
    if credit_note is None or kind not in ("pdf", "csv", "html"):
        raise Http404
    return sent(credit_note, kind)


def _reason(request: HttpRequest) -> str:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise InvalidInput(field="reason", message=_("Say why."))
    return reason


make_set_off = maker(DebtsForm, may_close_periods)(_propose_set_off)
make_adjustment = maker(PartnersForm, may_close_periods)(_propose_adjustment)
approve_adjustment_view = door(Adjustment, may_approve_settlements)(_approve_adjustment)
decline_adjustment_view = door(Adjustment, may_approve_settlements)(_decline_adjustment)
propose_correction_view = door(Statement, may_close_periods)(_propose_correction)
approve_correction_view = door(Correction, may_approve_settlements)(_approve_correction)
decline_correction_view = door(Correction, may_approve_settlements)(_decline_correction)
download_credit_note_view = site.admin_view(download_credit_note)
