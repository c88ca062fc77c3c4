from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import batched
from typing import Any

import structlog
from django.db import models, transaction

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.lifecycle import Lifecycle
from kernel.sentences import Sentence, sentence
from shared_apps.audit.errors import StaleState
from shared_apps.audit.models import AuditEvent

AT_ONCE = 1000


def record(
    *, actor: Actor, verb: str, subject: models.Model, at: datetime, before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None, reason: str = "", using: str = "default",
) -> AuditEvent:  # fmt: skip
    """Write one audit row in the entered schema, in the caller's transaction."""
    row = _row(actor=actor, verb=verb, subject=subject, at=at, before=before, after=after, reason=reason)
    row.save(using=using, force_insert=True)
    return row


def record_all(
    *, actor: Actor, verb: str, subjects: Sequence[tuple[models.Model, dict[str, Any]]], at: datetime
) -> None:
    """Write one audit row per subject, with what is so after it, in a few statements for all of them."""
    rows = [_row(actor=actor, verb=verb, subject=subject, at=at, after=after) for subject, after in subjects]
    AuditEvent.objects.bulk_create(rows, batch_size=AT_ONCE)


def _row(
    *, actor: Actor, verb: str, subject: models.Model, at: datetime, before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None, reason: str = "",
) -> AuditEvent:  # fmt: skip
    return AuditEvent(
        at=at, recorded_at=utc_now(), actor_kind=actor.kind, actor_id=actor.id, actor_label=actor.label, verb=verb,
        subject_kind=subject._meta.model_name or "", subject_id=getattr(subject, "public_id", str(subject.pk)),
        before=before or {}, after=after or {}, reason=reason if isinstance(reason, Sentence) else reason[:500],
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
            raise StaleState(sentence("%(subject)s is no longer %(was)s.", subject=subject, was=was))
        record(
            actor=actor, verb=f"{subject._meta.model_name}.{to}", subject=subject, at=at,
            before={field: str(was)}, after={field: str(to)}, reason=reason,
        )  # fmt: skip
    for name, value in ({field: to} | also).items():
        setattr(subject, name, value)


def change_states[Subject: models.Model](
    subjects: Sequence[Subject], lifecycle: Lifecycle[Any], to: StrEnum, *, actor: Actor, at: datetime,
    reason: str = "", **also: Any,
) -> None:  # fmt: skip
    """Move many rows of one table as `change_state` moves one: all or none, one update and one audit row each.

    `also` may hold expressions; they are not written back to the objects. Raises IllegalTransition, StaleState.
    """
    for was in {subject.state for subject in subjects}:  # type: ignore[attr-defined]
        lifecycle.check(was, to)
    with transaction.atomic():
        rows = []
        for part in batched(subjects, AT_ONCE):
            _move_together(part, to, **also)
            rows += [
                _row(
                    actor=actor, verb=f"{subject._meta.model_name}.{to}", subject=subject, at=at,
                    before={"state": str(subject.state)}, after={"state": str(to)}, reason=reason,  # type: ignore[attr-defined]
                )
                for subject in part
            ]  # fmt: skip
        AuditEvent.objects.bulk_create(rows, batch_size=AT_ONCE)
    for subject in subjects:
        subject.state = to  # type: ignore[attr-defined]


def _move_together(subjects: Sequence[models.Model], to: StrEnum, **also: Any) -> None:
    manager = type(subjects[0])._default_manager
    for was in {subject.state for subject in subjects}:  # type: ignore[attr-defined]
        keys = [subject.pk for subject in subjects if subject.state == was]  # type: ignore[attr-defined]
        if manager.filter(pk__in=keys, state=was).update(state=to, **also) != len(keys):
            raise StaleState(sentence("Some of %(count)s are no longer %(was)s.", count=len(keys), was=was))
