from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tenant_apps.console.admin.base import BrandModelAdmin, state_column
from tenant_apps.console.queries import order_pks
from tenant_apps.console.queries.disputes import dispute_story
from tenant_apps.console.reasons import GROUNDS
from tenant_apps.console.showing import chip, part_text, reference, word_of
from tenant_apps.console.site import site
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.disputes.states import Grounds
from tenant_apps.reports.models import Export


@admin.register(CreditDispute, site=site)
class CreditDisputeAdmin(BrandModelAdmin):
    list_display = ("claim", "claimant", "order_link", "why", "part", "state_chip", "ended", "heard_until")
    list_display_links = ("claim",)
    list_before_template = "console/claims_links.html"
    list_filter = ("state", "outcome", "grounds")
    search_fields = ("public_id", "order_ref", "claimant__partner_name", "claimant__partner_ref")
    list_select_related = ("claimant",)
    ordering = ("-pk",)
    detail_template = "console/dispute.html"
    state_chip = state_column()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(order_pk=order_pks())

    @admin.display(description=_("claim"), ordering="opened_at")
    def claim(self, dispute: CreditDispute) -> str:
        return dispute.public_id[-8:]

    @admin.display(description=_("order"))
    def order_link(self, dispute: Any) -> SafeString:
        return reference("orders_order", dispute.order_pk, dispute.order_ref[-8:])

    @admin.display(description=_("why"), ordering="grounds")
    def why(self, dispute: CreditDispute) -> str:
        return str(GROUNDS[Grounds(dispute.grounds)])

    @admin.display(description=_("part"))
    def part(self, dispute: CreditDispute) -> str:
        return part_text(dispute.claimed)

    @admin.display(description=_("outcome"), ordering="outcome")
    def ended(self, dispute: CreditDispute) -> SafeString | str:
        return chip(dispute.outcome, "creditdispute") if dispute.outcome else "–"

    @admin.display(description=_("heard until"), ordering="hear_until")
    def heard_until(self, dispute: CreditDispute) -> Any:
        return dispute.hear_until

    def detail_context(self, request: HttpRequest, subject: CreditDispute) -> dict[str, Any]:
        return dispute_story(request, subject)


@admin.register(Export, site=site)
class ExportAdmin(BrandModelAdmin):
    list_display = ("public_id", "kind", "format", "state_chip", "progress", "requested_by_label", "requested_at")
    list_filter = ("state", "kind", "format")
    search_fields = ("public_id", "sha256")
    ordering = ("-pk",)
    detail_template = "console/export.html"
    new_page, new_label = "console-reports", _("Reports")
    state_chip = state_column()

    def title_of(self, subject: Export) -> str:
        return f"{word_of(subject.kind)} ({word_of(subject.format)})"

    @admin.display(description=_("rows"))
    def progress(self, export: Export) -> str:
        return f"{export.rows_done} / {export.rows_total}"
