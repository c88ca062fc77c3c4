from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from tenant_apps.attribution.models import AgentEntry, Deal, DuplicateSuspicion, Import, Policy
from tenant_apps.console.admin.base import BrandModelAdmin, state_column
from tenant_apps.console.queries.crediting import deal_story, entry_story, import_story, policy_story, suspicion_story
from tenant_apps.console.reasons import policy_text
from tenant_apps.console.showing import word_of
from tenant_apps.console.site import site
from tenant_apps.programs.models import Program


@admin.register(Deal, site=site)
class DealAdmin(BrandModelAdmin):
    list_display = ("company", "enrollment", "state_chip", "protected_until", "submitted_at")
    list_filter = ("state",)
    search_fields = ("public_id", "company", "email", "domain", "phone", "enrollment__partner_name")
    list_select_related = ("enrollment",)
    ordering = ("-pk",)
    new_page, new_label = "console-new-deal", _("Register a deal")
    detail_template = "console/deal.html"
    state_chip = state_column()

    def detail_context(self, request: HttpRequest, subject: Deal) -> dict[str, Any]:
        return deal_story(subject)


@admin.register(AgentEntry, site=site)
class AgentEntryAdmin(BrandModelAdmin):
    list_display = ("enrollment", "reason", "happened_at", "entered_by", "entered_at")
    search_fields = ("public_id", "order_ref", "customer_ref", "enrollment__partner_name", "reason")
    list_select_related = ("enrollment",)
    ordering = ("-pk",)
    new_page, new_label = "console-new-agent-entry", _("Credit a sale")
    detail_template = "console/agent_entry.html"

    def title_of(self, subject: AgentEntry) -> str:
        return f"{subject.enrollment} · {subject.order_ref or subject.customer_ref}"

    def detail_context(self, request: HttpRequest, subject: AgentEntry) -> dict[str, Any]:
        return entry_story(subject)


@admin.register(DuplicateSuspicion, site=site)
class DuplicateSuspicionAdmin(BrandModelAdmin):
    list_display = ("public_id", "state_chip", "found_at", "resolved_by", "resolved_at")
    list_filter = ("state",)
    search_fields = ("public_id", "earlier_ref", "later_ref")
    ordering = ("-pk",)
    detail_template = "console/duplicate.html"
    state_chip = state_column()

    def title_of(self, subject: DuplicateSuspicion) -> str:
        return str(_("Probable duplicate"))

    def detail_context(self, request: HttpRequest, subject: DuplicateSuspicion) -> dict[str, Any]:
        return suspicion_story(subject)


@admin.register(Import, site=site)
class ImportAdmin(BrandModelAdmin):
    list_display = ("public_id", "kind", "source", "state_chip", "progress", "checked_by", "checked_at")
    list_filter = ("state", "kind")
    search_fields = ("public_id", "source", "file_name", "sha256")
    ordering = ("-pk",)
    new_page, new_label = "console-new-import", _("Import a file")
    detail_template = "console/import.html"
    state_chip = state_column()

    @admin.display(description=_("rows"))
    def progress(self, file: Import) -> str:
        return f"{file.rows_done} / {file.rows_total}"

    def title_of(self, subject: Import) -> str:
        return f"{word_of(subject.kind)} · {subject.source}"

    def detail_context(self, request: HttpRequest, subject: Import) -> dict[str, Any]:
        return import_story(subject)


@admin.register(Policy, site=site)
class PolicyAdmin(BrandModelAdmin):
    list_display = ("told", "effective_from", "set_by", "set_at")
    list_filter = ("program",)
    list_select_related = ("program",)
    ordering = ("-pk",)
    list_before_template = "console/policies.html"
    detail_template = "console/policy.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the versions, and a way to the next one of the brand and of each program."""
        programs = Program.objects.order_by("name")
        return super().changelist_view(request, {**(extra_context or {}), "programs": programs})

    @admin.display(description=_("policy"))
    def told(self, policy: Policy) -> str:
        return policy_text(policy)

    def title_of(self, subject: Policy) -> str:
        return policy_text(subject)

    def detail_context(self, request: HttpRequest, subject: Policy) -> dict[str, Any]:
        return policy_story(subject)
