from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog
from django.db import models, transaction

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.lifecycle import Lifecycle
from shared_apps.audit.errors import StaleState
from shared_apps.audit.models import AuditEvent


def record(
    *, actor: Actor, verb: str, subject: models.Model, at: datetime, before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None, reason: str = "", using: str = "default",
) -> AuditEvent:  # fmt: skip
    """Write one audit row in the entered schema, in the caller's transaction."""
    return AuditEvent.objects.using(using).create(
        at=at, recorded_at=utc_now(), actor_kind=actor.kind, actor_id=actor.id, actor_label=actor.label, verb=verb,
        subject_kind=subject._meta.model_name or "", subject_id=getattr(subject, "public_id", str(subject.pk)),
        before=before or {}, after=after or {}, reason=reason[:500],
        request_id=actor.request_id or str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )  # fmt: skip


def change_state(
    subject: models.Model, lifecycle: Lifecycle[Any], to: StrEnum, *, actor: Actor, at: datetime, reason: str = "",
    field: str = "state", **also: Any,
) -> None:  # fmt: skip
    """Move `subject` to a state its lifecycle allows, with further column values, and audit it.

    The update is conditional on the state read before: of two racing writers one gets StaleState.
    Raises IllegalTransition before anything is written.
    """
    was = getattr(subject, field)
    lifecycle.check(was, to)
    with transaction.atomic():
        changed = type(subject)._default_manager.filter(pk=subject.pk, **{field: was}).update(**{field: to}, **also)
        if not changed:
            raise StaleState(f"{subject} is no longer {was}.")
        record(
            actor=actor, verb=f"{subject._meta.model_name}.{to}", subject=subject, at=at,
            before={field: str(was)}, after={field: str(to)}, reason=reason,
        )  # fmt: skip
    for name, value in ({field: to} | also).items():
        setattr(subject, name, value)
