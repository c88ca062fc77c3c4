from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenant_apps.console.admin.base import BrandModelAdmin, state_column
from tenant_apps.console.queries.disputes import dispute_story
from tenant_apps.console.site import site
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.reports.models import Export


@admin.register(CreditDispute, site=site)
class CreditDisputeAdmin(BrandModelAdmin):
    list_display = ("public_id", "claimant", "order_ref", "claimed", "grounds", "state_chip", "outcome", "hear_until")
    list_filter = ("state", "outcome", "grounds")
    search_fields = ("public_id", "order_ref", "claimant__partner_name", "claimant__partner_ref")
    list_select_related = ("claimant",)
    ordering = ("-pk",)
    detail_template = "console/dispute.html"
    state_chip = state_column()

    def detail_context(self, request: HttpRequest, subject: CreditDispute) -> dict[str, Any]:
        return dispute_story(request, subject)


@admin.register(Export, site=site)
class ExportAdmin(BrandModelAdmin):
    list_display = ("public_id", "kind", "format", "state_chip", "progress", "requested_by_label", "requested_at")
    list_filter = ("state", "kind", "format")
    search_fields = ("public_id", "sha256")
    ordering = ("-pk",)
    detail_template = "console/export.html"
    list_before_template = "console/new_link.html"
    new_page, new_label = "console-reports", _("Reports")
    state_chip = state_column()

    @admin.display(description=_("rows"))
    def progress(self, export: Export) -> str:
        return f"{export.rows_done} / {export.rows_total}"
