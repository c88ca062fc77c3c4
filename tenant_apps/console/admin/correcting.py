from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenant_apps.console.admin.base import BrandModelAdmin, money_column, state_column
from tenant_apps.console.columns import facts_of, period_named
from tenant_apps.console.queries import adjustment_story, statement_story
from tenant_apps.console.showing import amount, word_of
from tenant_apps.console.site import site
from tenant_apps.settlements.models import Adjustment, Correction, CreditNote, Statement


@admin.register(Statement, site=site)
class StatementAdmin(BrandModelAdmin):
    list_display = ("number", "version", "partner", "period", "issued_at")
    search_fields = ("number", "public_id", "settlement__partner_name", "sha256")
    list_select_related = ("settlement__period",)
    ordering = ("-pk",)
    detail_template = "console/statement.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("snapshot")

    @admin.display(description=_("partner"))
    def partner(self, statement: Statement) -> str:
        return statement.settlement.partner_name

    @admin.display(description=_("period"))
    def period(self, statement: Statement) -> str:
        return period_named(statement.settlement.period)

    def detail_context(self, request: HttpRequest, subject: Statement) -> dict[str, Any]:
        return statement_story(subject, page=request.GET.get("page"))


@admin.register(Correction, site=site)
class CorrectionAdmin(BrandModelAdmin):
    list_display = ("statement", "state_chip", "reason", "proposed_by_label", "decided_by_label", "decided_at")
    list_filter = ("state",)
    search_fields = ("public_id", "statement__number", "reason")
    ordering = ("-pk",)
    state_chip = state_column()
    detail_facts = ("public_id", "statement", "reason", "state", "proposed_at", "proposed_by_label", "decided_at",
                    "decided_by_label")  # fmt: skip

    def title_of(self, subject: Correction) -> str:
        return _("Correction of %(statement)s") % {"statement": subject.statement}

    def detail_context(self, request: HttpRequest, subject: Correction) -> dict[str, Any]:
        currency = subject.statement.settlement.currency
        moved = (_("VAT, difference"), amount(subject.vat_difference_minor, currency))
        return {"facts": [*facts_of(subject, self.detail_facts), moved]}

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("statement").defer("statement__snapshot")


@admin.register(CreditNote, site=site)
class CreditNoteAdmin(BrandModelAdmin):
    list_display = ("number", "cancels", "partner", "issued_at")
    search_fields = ("number", "public_id", "statement__number", "statement__settlement__partner_name")
    list_select_related = ("statement__settlement",)
    ordering = ("-pk",)
    detail_template = "console/credit_note.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("snapshot", "statement__snapshot")

    @admin.display(description=_("cancels"))
    def cancels(self, credit_note: CreditNote) -> str:
        return credit_note.statement.number

    @admin.display(description=_("partner"))
    def partner(self, credit_note: CreditNote) -> str:
        return credit_note.statement.settlement.partner_name

    def detail_context(self, request: HttpRequest, subject: CreditNote) -> dict[str, Any]:
        return {"credit_note": subject}


@admin.register(Adjustment, site=site)
class AdjustmentAdmin(BrandModelAdmin):
    list_display = ("partner_name", "kind", "amount", "state_chip", "reason", "proposed_by_label", "decided_by_label")
    list_filter = ("state", "kind", "currency")
    search_fields = ("public_id", "partner_name", "partner_ref", "reason")
    ordering = ("-pk",)
    detail_template = "console/adjustment.html"
    new_page, new_label = "console-new-adjustment", _("New adjustment or write-off")
    beside_page, beside_label = "console-new-set-off", _("Set off a debt")
    state_chip = state_column()
    amount = money_column("amount_minor", _("amount"))

    def title_of(self, subject: Adjustment) -> str:
        return f"{word_of(subject.kind)} · {subject.partner_name}"

    def detail_context(self, request: HttpRequest, subject: Adjustment) -> dict[str, Any]:
        return adjustment_story(subject)
