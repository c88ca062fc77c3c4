from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tenant_apps.console.admin.base import BrandModelAdmin, money_column, state_column
from tenant_apps.console.bookkeeping import account_text
from tenant_apps.console.columns import period_named
from tenant_apps.console.queries import (
    account_story,
    entry_story,
    name_entries,
    partner_names,
    period_story,
    periods_story,
    settlement_story,
)
from tenant_apps.console.showing import amount
from tenant_apps.console.site import site
from tenant_apps.ledger.models import Account, Entry
from tenant_apps.ledger.queries import with_sums
from tenant_apps.payments.models import Refund
from tenant_apps.settlements.models import Period, Settlement


@admin.register(Account, site=site)
class AccountAdmin(BrandModelAdmin):
    list_display = ("named", "told_code", "kind", "currency", "balance")
    list_filter = ("kind", "currency")
    search_fields = ("code", "public_id")
    ordering = ("currency", "kind", "code")
    detail_template = "console/account.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return with_sums(super().get_queryset(request)).annotate(partner_name=partner_names())

    @admin.display(description=_("account"), ordering="code")
    def named(self, account: Any) -> str:
        return account_text(account.code, {account.code.partition(":")[2]: account.partner_name or ""})

    @admin.display(description=_("code"))
    def told_code(self, account: Account) -> SafeString:
        return format_html('<span class="tb-id">{}</span>', account.code)

    @admin.display(description=_("balance"))
    def balance(self, account: Any) -> SafeString:
        debit_side = account.debited - account.credited
        return amount(debit_side if account.kind in ("asset", "expense") else -debit_side, account.currency)

    def title_of(self, subject: Account) -> str:
        return f"{account_text(subject.code, {})} {subject.currency}"

    def detail_context(self, request: HttpRequest, subject: Account) -> dict[str, Any]:
        return account_story(subject, before=request.GET.get("before"))


@admin.register(Entry, site=site)
class EntryAdmin(BrandModelAdmin):
    list_display = ("cause", "description", "effective_at", "booked_at")
    search_fields = ("cause", "public_id", "description")
    ordering = ("-pk",)
    detail_template = "console/entry.html"

    def title_of(self, subject: Entry) -> str:
        name_entries([subject])
        named: str = subject.label  # type: ignore[attr-defined]
        return named

    def detail_context(self, request: HttpRequest, subject: Entry) -> dict[str, Any]:
        return entry_story(subject)


@admin.register(Period, site=site)
class PeriodAdmin(BrandModelAdmin):
    list_display = ("named", "state_chip", "starts_at", "ends_at", "closed_at", "closed_by_label")
    list_filter = ("state",)
    search_fields = ("label",)
    ordering = ("-starts_at",)
    detail_template = "console/period.html"
    list_before_template = "console/periods_open.html"
    state_chip = state_column()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), **periods_story()})

    @admin.display(description=_("period"), ordering="starts_at")
    def named(self, period: Period) -> str:
        return period_named(period)

    def title_of(self, subject: Period) -> str:
        return period_named(subject)

    def detail_context(self, request: HttpRequest, subject: Period) -> dict[str, Any]:
        return period_story(subject, page=request.GET.get("page"))


@admin.register(Settlement, site=site)
class SettlementAdmin(BrandModelAdmin):
    list_display = ("partner_name", "period", "state_chip", "opening", "earned", "clawed", "paid_out", "closing")
    list_filter = ("state", "period", "currency")
    search_fields = ("public_id", "partner_name", "partner_ref")
    list_select_related = ("period",)
    ordering = ("-period__starts_at", "partner_name")
    detail_template = "console/settlement.html"
    state_chip = state_column()
    opening = money_column("opening_minor", _("opening"))
    earned = money_column("earned_minor", _("earned"))
    clawed = money_column("clawback_minor", _("clawback"))
    # Not `payout`: the model has a relation of that name, which Django would show instead.
    paid_out = money_column("payout_minor", _("payout"))
    closing = money_column("closing_minor", _("closing"))

    def title_of(self, subject: Settlement) -> str:
        return f"{subject.partner_name} · {period_named(subject.period)} · {subject.currency}"

    def detail_context(self, request: HttpRequest, subject: Settlement) -> dict[str, Any]:
        return settlement_story(subject, page=request.GET.get("page"))


@admin.register(Refund, site=site)
class RefundAdmin(BrandModelAdmin):
    list_display = ("public_id", "refunded", "state_chip", "origin", "reason", "requested_at", "settled_at")
    list_filter = ("state", "origin", "currency")
    search_fields = ("public_id", "provider_refund_id", "reason")
    ordering = ("-pk",)
    state_chip = state_column()
    refunded = money_column("amount_minor", _("amount"))
    detail_facts = ("public_id", "amount_minor", "state", "origin", "reason", "provider_refund_id", "error",
                    "requested_at", "settled_at")  # fmt: skip
