import json
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shared_apps.partners.models import Partner
from tenant_apps.console.forms.base import VerbForm
from tenant_apps.console.forms.credit import deal_called
from tenant_apps.programs.models import ContractVersion, Program
from tenant_apps.programs.states import Role

EXAMPLE = '[{"id": "standard", "pay": {"kind": "percent", "rate": "0.10", "base": "net"}}]'


class PartnerForm(VerbForm):
    """Invite a partner by e-mail; a partner known elsewhere is the same person and keeps its own data."""

    title, submit = _("Enroll a partner"), _("Enroll")
    help = _("A partner has one sign-in for every brand. No brand learns of the others.")

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"))
    kind = forms.ChoiceField(label=_("Person or company"), choices=Partner.Kind.choices, initial="company")
    country = forms.CharField(label=_("Country, two letters"), max_length=2, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, role.value) for role in Role])


class ContractForm(VerbForm):
    """The next version of a contract: terms from now on; what was earned before keeps its own."""

    title, submit = _("New contract version"), _("Put into force")
    help = _("Rules are tried in order; the first match wins. A sale no rule matches is held, never guessed.")
    renamed = {"minimum_payout_minor": "minimum_payout"}

    rules = forms.CharField(
        label=_("Rules"), initial=EXAMPLE, max_length=20_000, strip=True,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "tb-input tb-code"}),
    )  # fmt: skip
    hold_days = forms.IntegerField(label=_("Hold in days after delivery"), min_value=0, max_value=365, initial=14)
    minimum_payout = forms.CharField(label=_("Minimum payout"), required=False, max_length=30)
    negative = forms.ChoiceField(
        label=_("A negative balance is"),
        choices=[
            (ContractVersion.Negative.CARRY, _("carried forward")),
            (ContractVersion.Negative.RESET, _("reset to 0")),
        ],
    )

    def clean_rules(self) -> list[Any]:
        """Return the rules as JSON; their meaning is judged by the commission engine."""
        try:
            rules = json.loads(self.cleaned_data["rules"])
        except ValueError as error:
            raise forms.ValidationError(_("This is not JSON: %(error)s") % {"error": error}) from error
        if not isinstance(rules, list):
            raise forms.ValidationError(_("Give a list of rules: [ … ]"))
        return rules


class RecruiterForm(VerbForm):
    """Who brought a partner, and so earns levels on its sales."""

    title, submit = _("Who recruited this partner"), _("Keep it")
    help = _("Levels of later sales go there; earlier ones stay. Empty: nobody.")

    recruiter = forms.CharField(label=_("Partner: e-mail, code of a link, or id"), max_length=254, required=False)

    def clean_recruiter(self) -> Any:
        """Return the deal that was meant, None for nobody."""
        named = self.cleaned_data["recruiter"]
        return deal_called(named) if named else None


ON_PAPER = {
    Program.OnPaper.NEVER: _("nothing: the partner always accepts"),
    Program.OnPaper.FIRST: _("the first version of a deal"),
    Program.OnPaper.ALWAYS: _("every version"),
}


class PaperRuleForm(VerbForm):
    """Which versions operators may record as signed on paper."""

    title, submit = _("Contracts on paper"), _("Keep it")
    help = _("What is not recorded on paper is proposed, and the partner accepts it in the portal.")

    on_paper = forms.ChoiceField(label=_("Operators may record on paper"), choices=list(ON_PAPER.items()))


class TermsForm(VerbForm):
    """What the brand withholds from a partner, and whether it allows debts to be set off."""

    title, submit = _("Tax and netting"), _("Keep it")
    help = _(
        "The tax holds from the next close on. Debts may be set off within one currency and one legal entity, and only "
        "where the partner agreed, too: it is asked on its own page. The consolidated statement then says what may be "
        "set off; finance of the brand that pays proposes it, and finance of the brand that is owed approves it."
    )

    withholding = forms.DecimalField(
        label=_("Tax to withhold, in percent"), min_value=0, max_value=Decimal("99.9999"), max_digits=6,
        decimal_places=4,
    )  # fmt: skip
    netting = forms.BooleanField(label=_("Debts may be set off between brands"), required=False)
    confirmed = forms.BooleanField(label=_("I have checked this with whoever answers for our taxes"))


class LinkForm(VerbForm):
    """A code that carries the partner's credit."""

    title, submit = _("New link"), _("Create the link")

    code = forms.SlugField(label=_("Code, as in ?via=code"), max_length=40)
    campaign = forms.CharField(label=_("Campaign"), max_length=80, required=False)


class SiteForm(VerbForm):
    """A website that may use the widget."""

    title, submit = _("New site"), _("Create the site")
    help = _("Only these hosts may use the key. Give a port where it is neither 80 nor 443.")
    renamed = {"allowed_hosts": "hosts"}

    name = forms.CharField(label=_("Name"), max_length=120)
    hosts = forms.CharField(label=_("Hosts, one per line"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
