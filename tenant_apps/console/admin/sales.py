from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from shared_apps.accounts.acting import actor_of
from tenant_apps.console.admin.base import BrandModelAdmin, money_column, state_column
from tenant_apps.console.queries import customer_story, lead_story, order_story
from tenant_apps.console.showing import chip, reference
from tenant_apps.console.site import site
from tenant_apps.customers.models import Customer, Lead
from tenant_apps.orders.models import Order
from tenant_apps.orders.policies import may_tell_refunds


@admin.register(Order, site=site)
class OrderAdmin(BrandModelAdmin):
    list_display = ("numbered", "customer_link", "source", "state_chip", "total", "refunded", "placed_at")
    list_display_links = ("numbered",)
    list_filter = ("money_state", "fulfilment_state", "currency", "source")
    search_fields = ("public_id", "=number", "customer__email", "customer__name", "external_id")
    search_help_text = _("Number, id, customer's name or e-mail")
    list_select_related = ("customer",)
    ordering = ("-placed_at",)
    date_hierarchy = "placed_at"
    detail_template = "console/order.html"
    total = money_column("total_minor", _("total"))
    refunded = money_column("refunded_minor", _("refunded"))

    @admin.display(description=_("order"), ordering="number")
    def numbered(self, order: Order) -> str:
        return f"#{order.number}"

    @admin.display(description=_("customer"), ordering="customer__email")
    def customer_link(self, order: Order) -> SafeString:
        return reference("customers_customer", order.customer_id, str(order.customer))

    @admin.display(description=_("state"))
    def state_chip(self, order: Order) -> SafeString:
        return chip(order.state)

    def detail_context(self, request: HttpRequest, subject: Order) -> dict[str, Any]:
        return {**order_story(subject), "may_tell_refunds": may_tell_refunds(actor_of(request))}


@admin.register(Lead, site=site)
class LeadAdmin(BrandModelAdmin):
    list_display = ("customer", "offer", "site", "state_chip", "times_asked", "last_asked_at")
    list_filter = ("state", "site")
    search_fields = ("public_id", "customer__email", "customer__name", "message")
    list_select_related = ("customer", "offer", "site")
    ordering = ("-last_asked_at",)
    detail_template = "console/lead.html"
    state_chip = state_column()

    def title_of(self, subject: Lead) -> str:
        return _("Lead of %(customer)s") % {"customer": subject.customer}

    def detail_context(self, request: HttpRequest, subject: Lead) -> dict[str, Any]:
        return lead_story(subject)


@admin.register(Customer, site=site)
class CustomerAdmin(BrandModelAdmin):
    list_display = ("email", "name", "phone", "created_at")
    search_fields = ("public_id", "email", "name", "phone")
    ordering = ("-created_at",)
    detail_template = "console/customer.html"

    def detail_context(self, request: HttpRequest, subject: Customer) -> dict[str, Any]:
        return customer_story(subject)
