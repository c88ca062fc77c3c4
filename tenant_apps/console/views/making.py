"""Pages with a form: a GET shows it, a POST calls one action in one transaction."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kernel.actor import Actor
from kernel.errors import DomainError, Forbidden
from shared_apps.accounts.acting import actor_of
from shared_apps.brands.clock import now
from shared_apps.brands.entering import entered_brand
from shared_apps.partners.actions import invite_partner, set_terms
from shared_apps.partners.queries import partner_terms
from tenant_apps.catalog.actions import create_offer, create_product, set_price
from tenant_apps.catalog.models import Offer
from tenant_apps.catalog.policies import may_edit_catalog
from tenant_apps.commissions.actions import record_exchange_rate, write_manual_line
from tenant_apps.commissions.policies import may_record_exchange_rates, may_write_manual_lines
from tenant_apps.console import forms
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import Policy, refused
from tenant_apps.payments.actions import connect_account
from tenant_apps.payments.policies import may_connect_account
from tenant_apps.programs.actions import (
    create_link,
    enroll_partner,
    ensure_program,
    set_contract,
    set_paper_rule,
    set_recruiter,
)
from tenant_apps.programs.models import Enrollment, Program
from tenant_apps.programs.policies import may_edit_programs, may_record_on_paper, may_set_paper_rule
from tenant_apps.settlements.policies import may_set_partner_terms
from tenant_apps.settlements.queries import known_to_terms
from tenant_apps.tracking.actions import create_site
from tenant_apps.tracking.policies import may_edit_sites

Made = tuple[str, Any]


def maker(
    form_class: Any, policy: Policy, model: Any = None, begin: Callable[[Any], dict[str, Any]] | None = None
) -> Callable[..., Any]:
    """Make the page of a form whose verb returns (where to go, its key); `model` is what the verb is about.

    The form begins with what `begin` says of that, else with what the address says.
    """

    def wrap(verb: Callable[..., Made]) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "POST"])
        def view(request: HttpRequest, pk: int | None = None) -> HttpResponse:
            about = model.objects.filter(pk=pk).first() if model else None
            if model and about is None:
                raise Http404
            actor = actor_of(request)
            if not policy(actor):
                return refused(request, actor, verb.__name__.strip("_"), about or request.user)
            first = begin(about) if begin else request.GET.dict()
            form = form_class(request.POST or None, request.FILES or None, initial=first)
            if request.method == "POST" and form.is_valid():
                try:
                    with transaction.atomic():
                        page, key = verb(request, form, about, actor)
                except DomainError as failure:
                    form.take(failure)
                else:
                    messages.success(request, _("Done."))
                    return redirect(f"admin:{page}_change", key) if key else redirect(f"admin:{page}")
            context = {**site.each_context(request), "form": form, "about": about, "title": form.title}
            return TemplateResponse(request, "console/form.html", context, status=422 if form.errors else 200)

        return site.admin_view(view)  # type: ignore[no-any-return]

    return wrap


def _offer(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said, at, currency = form.cleaned_data, now(), request.tenant.currency  # type: ignore[attr-defined]
    product = create_product(code=said["code"], name=said["offer_title"], kind=said["kind"], actor=actor, at=at)
    offer = create_offer(
        product=product, slug=said["code"], title=said["offer_title"], summary=said["summary"],
        description=said["description"], actor=actor, at=at,
    )  # fmt: skip
    _set_price(offer, form, currency, actor)
    return "catalog_offer", offer.pk


def _price(request: HttpRequest, form: Any, offer: Offer, actor: Actor) -> Made:
    _set_price(offer, form, request.tenant.currency, actor)  # type: ignore[attr-defined]
    return "catalog_offer", offer.pk


def _set_price(offer: Offer, form: Any, currency: str, actor: Actor) -> None:
    set_price(
        offer=offer, currency=currency, amount_minor=form.minor("price", currency),
        cost_minor=form.minor("cost", currency), tax_rate=form.tax(), actor=actor, at=now(),
    )  # fmt: skip


def _partner(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said, at = form.cleaned_data, now()
    partner = invite_partner(
        brand=request.tenant, name=said["name"], email=said["email"], kind=said["kind"],  # type: ignore[attr-defined]
        country=said["country"].upper(), actor=actor, at=at,
    )  # fmt: skip
    enrollment = enroll_partner(
        program=ensure_program(name="Partners", at=at), partner_ref=partner.public_id, name=said["name"],
        email=said["email"], role=said["role"], actor=actor, at=at,
    )  # fmt: skip
    return "programs_enrollment", enrollment.pk


def _contract(request: HttpRequest, form: Any, enrollment: Enrollment, actor: Actor) -> Made:
    said, at, currency = form.cleaned_data, now(), request.tenant.currency  # type: ignore[attr-defined]
    if not may_record_on_paper(actor, enrollment):
        raise Forbidden(_("This program needs the partner's acceptance: draft a version and propose it."))
    set_contract(
        enrollment=enrollment, known=known_to_terms(), currency=currency, rules=said["rules"],
        hold_days=said["hold_days"],
        minimum_payout_minor=form.minor("minimum_payout", currency), negative=said["negative"], effective_from=at,
        actor=actor, at=at,
    )  # fmt: skip
    return "programs_enrollment", enrollment.pk


def _manual_line(request: HttpRequest, form: Any, enrollment: Enrollment, actor: Actor) -> Made:
    said = form.cleaned_data
    currency = said["currency"].upper()
    line = write_manual_line(
        enrollment=enrollment, amount_minor=form.minor("amount", currency), currency=currency, reason=said["reason"],
        order_ref=said["order"].strip(), line_ref=said["line"].strip(), hold=said["hold"],
        key=f"console:{said['nonce']}", actor=actor, at=now(),
    )  # fmt: skip
    return "commissions_commission", line.pk


def _exchange_rate(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said = form.cleaned_data
    record_exchange_rate(
        **(said | {"base": said["base"].upper(), "quote": said["quote"].upper()}), actor=actor, at=now()
    )
    return "commissions_exchangerate_changelist", None


def _recruiter(request: HttpRequest, form: Any, enrollment: Enrollment, actor: Actor) -> Made:
    set_recruiter(enrollment=enrollment, recruiter=form.cleaned_data["recruiter"], actor=actor, at=now())
    return "programs_enrollment", enrollment.pk


def _terms(request: HttpRequest, form: Any, enrollment: Enrollment, actor: Actor) -> Made:
    said = form.cleaned_data
    set_terms(
        brand=entered_brand(), partner_ref=enrollment.partner_ref, withholding_rate=said["withholding"] / 100,
        netting=said["netting"], actor=actor, at=now(),
    )  # fmt: skip
    return "programs_enrollment", enrollment.pk


def _begin_terms(enrollment: Enrollment) -> dict[str, Any]:
    told = partner_terms(enrollment.partner_ref, entered_brand())
    if told is None:
        return {}
    return {"withholding": f"{(told.withholding_rate * 100).normalize():f}", "netting": told.netting.allowed}


def _paper_rule(request: HttpRequest, form: Any, program: Program, actor: Actor) -> Made:
    set_paper_rule(program=program, on_paper=form.cleaned_data["on_paper"], actor=actor, at=now())
    return "programs_program_changelist", None


def _link(request: HttpRequest, form: Any, enrollment: Enrollment, actor: Actor) -> Made:
    said = form.cleaned_data
    create_link(enrollment=enrollment, code=said["code"], campaign=said["campaign"], actor=actor, at=now())
    return "programs_enrollment", enrollment.pk


def _site(request: HttpRequest, form: Any, enrollment: Enrollment | None, actor: Actor) -> Made:
    hosts = [line.strip() for line in form.cleaned_data["hosts"].splitlines() if line.strip()]
    made = create_site(
        name=form.cleaned_data["name"], allowed_hosts=hosts, enrollment=enrollment, actor=actor, at=now()
    )
    return "tracking_site", made.pk


def _account(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    connect_account(provider="stripe", webhook_endpoint_id="", actor=actor, at=now(), **form.cleaned_data)
    return "index", None


make_offer = maker(forms.OfferForm, may_edit_catalog)(_offer)
make_price = maker(forms.PriceForm, may_edit_catalog, Offer)(_price)
make_partner = maker(forms.PartnerForm, may_edit_programs)(_partner)
make_contract = maker(forms.ContractForm, may_edit_programs, Enrollment)(_contract)
make_manual_line = maker(forms.ManualLineForm, may_write_manual_lines, Enrollment)(_manual_line)
make_exchange_rate = maker(forms.ExchangeRateForm, may_record_exchange_rates)(_exchange_rate)
set_enrollment_recruiter = maker(
    forms.RecruiterForm, may_edit_programs, Enrollment,
    begin=lambda deal: {"recruiter": deal.recruited_by.public_id if deal.recruited_by else ""},
)(_recruiter)  # fmt: skip
set_partner_terms = maker(forms.TermsForm, may_set_partner_terms, Enrollment, begin=_begin_terms)(_terms)
set_program_paper_rule = maker(
    forms.PaperRuleForm, may_set_paper_rule, Program, begin=lambda program: {"on_paper": program.on_paper}
)(_paper_rule)
make_link = maker(forms.LinkForm, may_edit_programs, Enrollment)(_link)
make_site = maker(forms.SiteForm, may_edit_sites)(_site)
make_partner_site = maker(forms.SiteForm, may_edit_sites, Enrollment)(_site)
connect_payments = maker(forms.PaymentAccountForm, may_connect_account)(_account)
