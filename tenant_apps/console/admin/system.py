import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shared_apps.accounts.acting import actor_of
from shared_apps.audit.models import AuditEvent
from shared_apps.outbox.models import Delivery
from tenant_apps.console.admin.base import BrandModelAdmin, state_column
from tenant_apps.console.columns import facts_of
from tenant_apps.console.deeds import subject_text, verb_text
from tenant_apps.console.site import site
from tenant_apps.payments.models import InboundEvent
from tenant_apps.payments.policies import may_resolve_events

FACTS = ("at", "actor_label", "actor_kind", "verb", "subject_id", "reason", "request_id")


def _plain(value: Any) -> str:
    """Return a recorded value as it was written: these are the record's own names and codes."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@admin.register(AuditEvent, site=site)
class AuditEventAdmin(BrandModelAdmin):
    list_display = ("at", "actor_label", "verb", "subject", "reason", "request_id")
    list_filter = ("actor_kind", "subject_kind")
    search_fields = ("subject_id", "actor_label", "verb", "request_id")
    ordering = ("-pk",)
    date_hierarchy = "at"
    detail_template = "console/audit_event.html"

    @admin.display(description=_("subject"))
    def subject(self, event: AuditEvent) -> str:
        return f"{subject_text(event.subject_kind)} {event.subject_id}"

    def title_of(self, subject: AuditEvent) -> str:
        return verb_text(subject.verb)

    def detail_context(self, request: HttpRequest, subject: AuditEvent) -> dict[str, Any]:
        told = [facts for facts in (subject.before, subject.after) if facts]
        names = dict.fromkeys(name for facts in told for name in facts)
        return {
            "about": self.subject(subject), "facts": facts_of(subject, FACTS),
            "changes": [(name, _plain(subject.before.get(name)), _plain(subject.after.get(name))) for name in names],
        }  # fmt: skip


@admin.register(Delivery, site=site)
class DeliveryAdmin(BrandModelAdmin):
    list_display = ("message", "handler", "state_chip", "attempts", "due_at", "done_at")
    list_filter = ("state", "handler")
    search_fields = ("aggregate", "message__name", "error")
    list_select_related = ("message",)
    ordering = ("-pk",)
    detail_template = "console/delivery.html"
    state_chip = state_column()


@admin.register(InboundEvent, site=site)
class InboundEventAdmin(BrandModelAdmin):
    list_display = ("event_id", "type", "state_chip", "note", "received_at", "worked_off_at")
    list_filter = ("state", "type")
    search_fields = ("event_id", "type", "note")
    ordering = ("-pk",)
    detail_template = "console/inbound.html"
    state_chip = state_column()

    def detail_context(self, request: HttpRequest, subject: InboundEvent) -> dict[str, Any]:
        body = json.dumps(json.loads(bytes(subject.body)), indent=2, ensure_ascii=False)
        return {"body": body, "may_resolve": may_resolve_events(actor_of(request))}
