from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shared_apps.brands.clock import now
from tenant_apps.console.forms.base import VerbForm
from tenant_apps.console.reasons import GROUNDS
from tenant_apps.disputes.queries import terms_in_force
from tenant_apps.disputes.states import Outcome
from tenant_apps.programs.queries import all_enrollments

ENDS = [(Outcome.ACCEPTED.value, _("the claim is accepted")), (Outcome.REJECTED.value, _("the claim is rejected"))]


class ClaimForm(VerbForm):
    """A claim to a part of a sale's credit, opened for a partner; whoever opens it cannot decide it."""

    title, submit = _("Open a claim"), _("Open the claim")
    help = _(
        "What the others would lose is frozen until it is decided. They are told and heard; a second person decides."
    )

    order = forms.CharField(label=_("Order, as in #1042 or its id"), max_length=60)
    enrollment = forms.ChoiceField(label=_("Partner who claims"))
    claimed = forms.CharField(label=_("Part of the whole that is theirs"), max_length=20, initial="1/2")
    grounds = forms.ChoiceField(label=_("Why"), choices=[(each.value, words) for each, words in GROUNDS.items()])
    statement = forms.CharField(label=_("What happened"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    links = forms.CharField(
        label=_("Web addresses that show it, one a line"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deals = all_enrollments().filter(state="active").order_by("partner_name")[:1000]
        self.fields["enrollment"].choices = [(deal.public_id, str(deal)) for deal in deals]  # type: ignore[attr-defined]

    def clean_links(self) -> list[str]:
        """Return the web addresses, one a line."""
        return [line.strip() for line in self.cleaned_data["links"].splitlines() if line.strip()]


def terms_told(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the terms that a claim was opened under, as the form that sets them words them."""
    fields, ends = ClaimTermsForm.base_fields, dict(ENDS)
    return [(str(fields[name].label), str(ends.get(value, value))) for name, value in terms.items() if name in fields]


class ClaimTermsForm(VerbForm):
    """The brand's terms for claims: until when they may be made and heard, how the clock decides."""

    title, submit = _("Terms for claims"), _("Set the terms")
    help = _("Claims that are open keep the terms they were opened under.")

    claim_days = forms.IntegerField(label=_("Days after the sale in which it can be claimed"), min_value=1)
    hearing_days = forms.IntegerField(label=_("Days in which both sides are heard"), min_value=1)
    without_evidence = forms.ChoiceField(label=_("At the deadline, when nothing was shown"), choices=ENDS)
    unheard = forms.ChoiceField(label=_("At the deadline, when the other side said nothing"), choices=ENDS)
    contested = forms.ChoiceField(label=_("At the deadline, when the other side contests it"), choices=ENDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = terms_in_force(now()).as_dict() | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
