from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from tenant_apps.attribution.models import AgentEntry, Deal, DuplicateSuspicion, Import, Policy
from tenant_apps.console.admin.base import BrandModelAdmin, state_column
from tenant_apps.console.queries.crediting import deal_story, entry_story, import_story, policy_story, suspicion_story
from tenant_apps.console.reasons import policy_text
from tenant_apps.console.showing import amount, word_of
from tenant_apps.console.site import site
from tenant_apps.orders.models import Order
from tenant_apps.orders.queries import latest_orders, orders_by_refs
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


class Suspicions(ChangeList):  # type: ignore[misc]
    """A page of suspicions, each with its two orders: read once for the page."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        pairs = [(row.earlier_ref, row.later_ref) for row in self.result_list]
        orders = orders_by_refs(ref for pair in pairs for ref in pair)
        for row, pair in zip(self.result_list, pairs, strict=True):
            row.sides = tuple(orders[ref] for ref in pair)


@admin.register(DuplicateSuspicion, site=site)
class DuplicateSuspicionAdmin(BrandModelAdmin):
    list_display = ("orders", "state_chip", "total", "customer", "alike", "found_at", "resolved_by")
    list_filter = ("state",)
    search_fields = ("public_id", "earlier_ref", "later_ref")
    search_help_text = _("Number, id, customer's name or e-mail")
    ordering = ("-pk",)
    detail_template = "console/duplicate.html"
    state_chip = state_column()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Suspicions

    @admin.display(description=_("orders"))
    def orders(self, suspicion: DuplicateSuspicion) -> str:
        earlier, later = _sides(suspicion)
        return gettext("%(later)s may be %(earlier)s") % {"earlier": earlier, "later": later}

    @admin.display(description=_("amount"))
    def total(self, suspicion: DuplicateSuspicion) -> SafeString:
        _earlier, later = _sides(suspicion)
        return amount(later.total_minor, later.currency)

    @admin.display(description=_("customer"))
    def customer(self, suspicion: DuplicateSuspicion) -> str:
        return str(_sides(suspicion)[1].customer)

    @admin.display(description=_("why"))
    def alike(self, suspicion: DuplicateSuspicion) -> str:
        """Say how near the two are: all else that is asked of a suspicion is the same for each."""
        earlier, later = _sides(suspicion)
        return gettext("%(time)s apart, from %(earlier)s and %(later)s") % {
            "time": timesince(earlier.placed_at, later.placed_at),
            "earlier": word_of(earlier.source),
            "later": word_of(later.source),
        }

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[DuplicateSuspicion], search_term: str
    ) -> tuple[QuerySet[DuplicateSuspicion], bool]:
        """Find by the number of an order or its customer, too."""
        found, _may_repeat = super().get_search_results(request, queryset, search_term)
        if search_term:
            refs = latest_orders(search_term).values("public_id")
            found |= queryset.filter(Q(earlier_ref__in=refs) | Q(later_ref__in=refs))
        return found, False

    def title_of(self, subject: DuplicateSuspicion) -> str:
        return str(_("Probable duplicate"))

    def detail_context(self, request: HttpRequest, subject: DuplicateSuspicion) -> dict[str, Any]:
        return suspicion_story(subject)


def _sides(suspicion: DuplicateSuspicion) -> tuple[Order, Order]:
    """Return the earlier and the later order, as the list read them."""
    earlier, later = vars(suspicion)["sides"]
    return earlier, later


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
