from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tenant_apps.attribution.models import Attribution
from tenant_apps.commissions.models import Commission, ExchangeRate
from tenant_apps.console.admin.base import BrandModelAdmin, money_column, state_column
from tenant_apps.console.forms.partners import ON_PAPER
from tenant_apps.console.queries import attribution_story, commission_story, enrollment_story, order_pks
from tenant_apps.console.queries.contracts import version_story
from tenant_apps.console.showing import reference
from tenant_apps.console.site import site
from tenant_apps.programs.models import ContractVersion, Enrollment, Program
from tenant_apps.tracking.models import Site


@admin.register(Enrollment, site=site)
class EnrollmentAdmin(BrandModelAdmin):
    list_display = ("partner_name", "role", "partner_email", "program", "state_chip", "enrolled_at")
    list_filter = ("role", "state", "program")
    search_fields = ("public_id", "partner_ref", "partner_name", "partner_email")
    list_select_related = ("program",)
    ordering = ("partner_name",)
    new_page, new_label = "console-new-partner", _("Enroll a partner")
    detail_template = "console/enrollment.html"
    state_chip = state_column()

    def detail_context(self, request: HttpRequest, subject: Enrollment) -> dict[str, Any]:
        return enrollment_story(subject)


@admin.register(Program, site=site)
class ProgramAdmin(BrandModelAdmin):
    list_display = ("name", "on_paper_told", "change_paper_rule", "created_at")
    list_display_links = None
    search_fields = ("public_id", "name")
    ordering = ("name",)

    @admin.display(description=_("recorded on paper"), ordering="on_paper")
    def on_paper_told(self, program: Program) -> str:
        return str(ON_PAPER[Program.OnPaper(program.on_paper)])

    @admin.display(description="")
    def change_paper_rule(self, program: Program) -> SafeString:
        link = '<a class="tb-button" href="{}">{}</a>'
        return format_html(link, reverse("console-paper-rule", args=[program.pk]), _("Change"))


@admin.register(ContractVersion, site=site)
class ContractVersionAdmin(BrandModelAdmin):
    list_display = ("enrollment", "number", "currency", "state_chip", "starts_at", "effective_from", "effective_to")
    list_filter = ("state", "currency")
    search_fields = ("public_id", "enrollment__partner_name", "enrollment__partner_ref")
    list_select_related = ("enrollment",)
    ordering = ("-pk",)
    detail_template = "console/contract.html"
    state_chip = state_column()

    def detail_context(self, request: HttpRequest, subject: ContractVersion) -> dict[str, Any]:
        return version_story(subject)


@admin.register(Attribution, site=site)
class AttributionAdmin(BrandModelAdmin):
    list_display = ("public_id", "order_ref", "version", "policy", "shared", "decided_at")
    search_fields = ("public_id", "order_ref")
    list_select_related = ("policy",)
    ordering = ("-pk",)
    detail_template = "console/attribution.html"
    shared = money_column("amount_minor", _("amount"))

    def detail_context(self, request: HttpRequest, subject: Attribution) -> dict[str, Any]:
        return attribution_story(subject)


@admin.register(Commission, site=site)
class CommissionAdmin(BrandModelAdmin):
    list_display = (
        "public_id",
        "enrollment",
        "order_link",
        "kind",
        "state_chip",
        "reason",
        "earned",
        "matures_at",
        "accrued_at",
    )
    list_filter = ("state", "kind", "reason", "currency")
    search_fields = ("public_id", "order_ref", "partner_ref", "enrollment__partner_name", "rule")
    list_select_related = ("enrollment",)
    ordering = ("-pk",)
    date_hierarchy = "accrued_at"
    new_page, new_label = "console-confirm-in-bulk", _("Confirm in bulk")
    beside_page, beside_label = "console-price-in-bulk", _("Price again")
    detail_template = "console/commission.html"
    state_chip = state_column()
    earned = money_column("amount_minor", _("amount"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(order_pk=order_pks())

    @admin.display(description=_("order"))
    def order_link(self, commission: Any) -> SafeString:
        return reference("orders_order", commission.order_pk, commission.order_ref[-8:])

    def detail_context(self, request: HttpRequest, subject: Commission) -> dict[str, Any]:
        return commission_story(subject)


@admin.register(ExchangeRate, site=site)
class ExchangeRateAdmin(BrandModelAdmin):
    list_display = ("day", "base", "quote", "rate", "source", "entered_by", "recorded_at")
    list_filter = ("base", "quote")
    search_fields = ("public_id", "source")
    ordering = ("-day", "-pk")
    new_page, new_label = "console-new-exchange-rate", _("Record a rate")
    detail_facts = ("public_id", "day", "base", "quote", "rate", "source", "entered_by", "recorded_at")

    def title_of(self, subject: ExchangeRate) -> str:
        return f"{subject.base} → {subject.quote} · {date_format(subject.day)}"


@admin.register(Site, site=site)
class SiteAdmin(BrandModelAdmin):
    list_display = ("name", "enrollment", "hosts", "active", "last_seen_at", "last_seen_host")
    list_filter = ("active",)
    search_fields = ("public_id", "public_key", "name")
    list_select_related = ("enrollment",)
    ordering = ("name",)
    new_page, new_label = "console-new-site", _("New site")
    detail_template = "console/site.html"

    @admin.display(description=_("hosts"))
    def hosts(self, tracked: Site) -> str:
        return ", ".join(tracked.allowed_hosts)

    def detail_context(self, request: HttpRequest, subject: Site) -> dict[str, Any]:
        return {"origin": f"{request.scheme}://{request.get_host()}"}
