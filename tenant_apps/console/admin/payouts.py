from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenant_apps.console.admin.base import BrandModelAdmin, money_column, state_column
from tenant_apps.console.queries.paying import batch_story, payout_story
from tenant_apps.console.site import site
from tenant_apps.settlements.models import Payout, PayoutBatch


@admin.register(PayoutBatch, site=site)
class PayoutBatchAdmin(BrandModelAdmin):
    list_display = ("public_id", "method", "total", "count", "state_chip", "made_at", "made_by_label",
                    "approved_by_label")  # fmt: skip
    list_filter = ("state", "method", "currency")
    search_fields = ("public_id", "made_by_label", "approved_by_label")
    ordering = ("-pk",)
    detail_template = "console/batch.html"
    new_page = "console-new-batch"
    new_label = _("New batch")
    state_chip = state_column()
    total = money_column("total_minor", _("sum"))

    def detail_context(self, request: HttpRequest, subject: PayoutBatch) -> dict[str, Any]:
        return batch_story(request, subject)


@admin.register(Payout, site=site)
class PayoutAdmin(BrandModelAdmin):
    list_display = ("public_id", "partner", "paid", "state_chip", "method", "attempt", "requested_at", "failure")
    list_filter = ("state", "method", "currency")
    search_fields = ("public_id", "settlement__partner_name", "settlement__partner_ref", "reference")
    list_select_related = ("settlement",)
    ordering = ("-pk",)
    detail_template = "console/payout.html"
    state_chip = state_column()
    paid = money_column("amount_minor", _("amount"))

    @admin.display(description=_("partner"))
    def partner(self, payout: Payout) -> str:
        return payout.settlement.partner_name

    def detail_context(self, request: HttpRequest, subject: Payout) -> dict[str, Any]:
        return payout_story(request, subject)
