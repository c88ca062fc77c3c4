from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenant_apps.catalog.models import Offer
from tenant_apps.console.admin.base import BrandModelAdmin, state_column
from tenant_apps.console.site import site


@admin.register(Offer, site=site)
class OfferAdmin(BrandModelAdmin):
    list_display = ("title", "product", "slug", "state_chip", "created_at")
    list_filter = ("state", "product__kind")
    search_fields = ("public_id", "title", "slug", "product__code")
    list_select_related = ("product",)
    ordering = ("title",)
    new_page, new_label = "console-new-offer", _("New offer")
    detail_template = "console/offer.html"
    state_chip = state_column()

    def detail_context(self, request: HttpRequest, subject: Offer) -> dict[str, Any]:
        return {"prices": subject.prices.order_by("-active", "currency", "-pk")}
