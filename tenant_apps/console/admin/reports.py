from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from shared_apps.accounts.acting import actor_of
from tenant_apps.console.admin.base import BrandModelAdmin, state_column
from tenant_apps.console.queries.simulating import simulation_story
from tenant_apps.console.site import site
from tenant_apps.reports.models import Simulation
from tenant_apps.reports.policies import may_export, may_simulate


@admin.register(Simulation, site=site)
class SimulationAdmin(BrandModelAdmin):
    list_display = ("title", "days", "state_chip", "progress", "requested_by_label", "requested_at")
    list_filter = ("state",)
    search_fields = ("public_id", "title")
    ordering = ("-pk",)
    detail_template = "console/simulation.html"
    new_page, new_label = "console-simulate", _("Simulate")
    state_chip = state_column()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("carried", "terms")

    @admin.display(description=_("period"))
    def days(self, simulation: Simulation) -> str:
        return f"{date_format(simulation.since)} – {date_format(simulation.until)}"

    @admin.display(description=_("lines"))
    def progress(self, simulation: Simulation) -> str:
        return f"{simulation.rows_done} / {simulation.rows_total}"

    def detail_context(self, request: HttpRequest, subject: Simulation) -> dict[str, Any]:
        actor = actor_of(request)
        return simulation_story(subject) | {"may_export": may_export(actor), "may_simulate": may_simulate(actor)}
