from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError, InvalidInput
from tenant_apps.console.forms.base import VerbForm
from tenant_apps.programs.queries import enrollments_called

CODE = forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"})


def deal_called(name: str) -> Any:
    """Return the one active enrollment that a person means. Raises ValidationError for none and for several."""
    found = enrollments_called(name)
    if len(found) > 1:
        told = ", ".join(f"{each.public_id} ({each.role})" for each in found)
        raise forms.ValidationError(_("This partner has several deals. Give the id of one: %(told)s") % {"told": told})
    if not found:
        raise forms.ValidationError(_("No active partner has this e-mail, code or id."))
    return found[0]


class CreditForm(VerbForm):
    """A form about one partner's deal, named as people name it: by e-mail, code or id."""

    renamed = {"enrollment": "partner"}

    partner = forms.CharField(label=_("Partner: e-mail, code of a link, or id"), max_length=254, widget=CODE)

    def clean_partner(self) -> Any:
        """Return the active enrollment that was meant."""
        return deal_called(self.cleaned_data["partner"])


class DealForm(CreditForm):
    """A prospect that a partner registers, told to an operator."""

    title, submit = _("Register a deal"), _("Register")
    help = _("E-mail, domain or phone says who the prospect is. It is protected once you qualify it.")
    renamed = {"expected_minor": "expected", "enrollment": "partner"}

    company = forms.CharField(label=_("Company or person"), max_length=160)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False, widget=CODE)
    domain = forms.CharField(label=_("Domain of its e-mails"), max_length=253, required=False, widget=CODE)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    expected = forms.CharField(label=_("Expected amount"), max_length=30, required=False)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class AgentEntryForm(CreditForm):
    """Whom a partner brought, by an operator's word."""

    title, submit = _("Credit a sale to a partner"), _("Enter it")
    help = _("An order, or a customer and all orders to come. It competes by the policy like any touch.")

    order = forms.CharField(
        label=_("Order, by number"),
        max_length=40,
        required=False,
        widget=CODE,
        help_text=_("For one sale. Leave it empty to credit a customer's orders to come."),
    )
    customer = forms.EmailField(
        label=_("Or customer, by e-mail"),
        required=False,
        help_text=_("From now on, as long as the window of the policy."),
    )
    happened_at = forms.DateTimeField(
        label=_("When the partner acted"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Empty: now. It must lie before the payment."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)


class CodeForm(VerbForm):
    """A coupon code that is the partner's own: whoever types it with an order credits the partner."""

    title, submit = _("New coupon code"), _("Create the code")
    help = _("Customers type it when they order. Upper and lower case are the same.")

    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        widget=CODE,
    )
    campaign = forms.CharField(label=_("Campaign"), max_length=80, required=False)


class OverrideForm(VerbForm):
    """What a program says over the brand's policy; what is left empty stays the brand's."""

    title, submit = _("Attribution of a program"), _("Put into force")
    help = _("What is left empty stays as the brand's policy says. Decided sales stay decided.")

    model = forms.ChoiceField(
        label=_("Model"),
        required=False,
        choices=[
            ("", _("As the brand")),
            ("last", _("The last touch takes it all")),
            ("first", _("The first touch takes it all")),
            ("linear", _("Every touch counts the same")),
            ("position", _("First and last have fixed parts")),
            ("bonus", _("First and last have a bonus")),
            ("time_decay", _("A touch counts half after a half-life")),
        ],
        help_text=_("How a sale is shared among the touches that compete for it."),
    )
    window_days = forms.CharField(
        label=_("Window in days"),
        max_length=12,
        required=False,
        help_text=_("A touch older than this when the customer pays does not count, such as 30."),
    )
    half_life_days = forms.CharField(
        label=_("Half-life in days"),
        max_length=12,
        required=False,
        help_text=_("Only where a touch counts half after a half-life: the days after which it does."),
    )
    first = forms.CharField(
        label=_("Part of the first touch, 0 to 1"),
        max_length=20,
        required=False,
        help_text=_("Only where first and last have fixed parts: 0.4 gives the first touch 40 %."),
    )
    last = forms.CharField(
        label=_("Part of the last touch, 0 to 1"),
        max_length=20,
        required=False,
        help_text=_("Only where first and last have fixed parts; what first and last leave is the middle's."),
    )
    first_bonus = forms.CharField(
        label=_("Bonus of the first touch, 0 to 1"),
        max_length=20,
        required=False,
        help_text=_("Only where first and last have a bonus: it comes off the whole before all share the rest."),
    )
    last_bonus = forms.CharField(
        label=_("Bonus of the last touch, 0 to 1"),
        max_length=20,
        required=False,
        help_text=_("Only where first and last have a bonus; both together are at most 1."),
    )
    self_referral = forms.ChoiceField(
        label=_("Partners who buy for themselves"),
        required=False,
        choices=[("", _("As the brand")), ("refuse", _("earn nothing")), ("allow", _("earn like others"))],
        help_text=_("Recognised by e-mail, phone and payment card."),
    )
    late_click = forms.ChoiceField(
        label=_("A click while form or checkout is open"),
        required=False,
        choices=[("", _("As the brand")), ("refuse", _("earns nothing")), ("allow", _("competes"))],
        help_text=_("A coupon page that opens while the customer pays brought nobody."),
    )

    def terms(self) -> dict[str, Any]:
        """Return what was said, in the shape of the preview contract; what was left empty is not said."""
        said = {name: self.cleaned_data.get(name) for name in self.fields if name != "effective_from"}
        return {name: _number(name, value) for name, value in said.items() if value}

    def take(self, refused: DomainError) -> None:
        """Show a refused term at its field."""
        if isinstance(refused, InvalidInput):
            errors = [{**error, "field": error["field"].removeprefix("terms.")} for error in refused.errors]
            refused = InvalidInput(errors=errors)
        super().take(refused)


class PolicyForm(OverrideForm):
    """The next version of the brand's policy."""

    title = _("New version of the attribution policy")
    help = _("Sales paid from then on are decided by it. Decided sales stay decided.")

    direct = forms.ChoiceField(
        label=_("Direct visits"),
        required=False,
        choices=[("ignore", _("are ignored")), ("count", _("count, and their part stays with the brand"))],
        help_text=_("A visit by nobody's link. Where it counts, nobody is paid for its part."),
    )
    code = forms.ChoiceField(
        label=_("Coupon codes credit"),
        required=False,
        help_text=_("A coupon code that belongs to a partner may credit it without any click."),
        choices=[("owner", _("their owner")), ("none", _("nobody"))],
    )
    deal_days = forms.CharField(
        label=_("Registered deals are protected for days"),
        max_length=12,
        required=False,
        help_text=_("From the day you qualify a prospect; no other partner is credited meanwhile."),
    )
    ladder = forms.CharField(
        label=_("What goes before what: one step per line"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_(
            "The highest step with a touch decides alone. Steps name registered_deal, agent, code, click, view, import."
        ),
    )
    pools = forms.CharField(
        label=_("Pools of roles, one per line: site, campaign = 0.6"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("Each pool shares its part of the sale among its roles. Empty: all share the whole."),
    )
    effective_from = forms.DateTimeField(
        label=_("From (empty: now)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Sales paid before are decided by the version before."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("model", "self_referral", "late_click"):
            self.fields[name].choices = self.fields[name].choices[1:]  # type: ignore[attr-defined]

    def clean_ladder(self) -> list[list[str]]:
        """Return the steps, each a list of channels."""
        return [_words(line) for line in self.cleaned_data["ladder"].splitlines() if line.strip()]

    def clean_pools(self) -> list[dict[str, Any]]:
        """Return the pools; the rules judge roles and weights."""
        pools = []
        for line in filter(str.strip, self.cleaned_data["pools"].splitlines()):
            roles, equals, weight = line.partition("=")
            if not equals:
                raise forms.ValidationError(
                    _("Write roles = part, such as site, campaign = 0.6: %(line)s") % {"line": line}
                )
            pools.append({"roles": _words(roles), "weight": weight.strip()})
        return pools


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _number(name: str, value: Any) -> Any:
    """Return whole days as numbers, as the preview contract writes them; everything else as it was typed."""
    return int(value) if name.endswith("_days") and str(value).isascii() and str(value).isdigit() else value
