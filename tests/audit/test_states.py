"""Moving many rows at once is moving each: checked, audited, all or none."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kernel.actor import system
from kernel.errors import IllegalTransition
from shared_apps.audit.actions import change_state, change_states
from shared_apps.audit.errors import StaleState
from shared_apps.audit.models import AuditEvent
from tenant_apps.programs.models import Enrollment
from tenant_apps.programs.states import ENROLLMENT, EnrollmentState
from tests.settlements.books import enrolled

AT, ACTOR = datetime(2026, 5, 1, tzinfo=UTC), system("tests")


def some(brand: Any) -> list[Enrollment]:
    return [enrolled(brand, f"Partner {number}") for number in range(3)]


def paused(rows: list[Enrollment]) -> None:
    change_states(rows, ENROLLMENT, EnrollmentState.PAUSED, actor=ACTOR, at=AT, reason="summer", partner_name="Paused")


def audited() -> list[tuple[str, str, dict[str, Any], dict[str, Any], str]]:
    rows = AuditEvent.objects.filter(verb__startswith="enrollment.").order_by("pk")
    return [(row.verb, row.subject_id, row.before, row.after, row.reason) for row in rows]


def test_each_row_is_moved_and_audited_as_if_alone(in_aurora: Any) -> None:
    rows = some(in_aurora)
    before = len(audited())
    paused(rows)
    assert set(Enrollment.objects.values_list("state", "partner_name")) == {("paused", "Paused")}
    assert audited()[before:] == [
        ("enrollment.paused", row.public_id, {"state": "active"}, {"state": "paused"}, "summer") for row in rows
    ]
    assert [row.state for row in rows] == ["paused"] * 3


def test_two_starting_states_move_together(in_aurora: Any) -> None:
    first, second, third = some(in_aurora)
    change_state(second, ENROLLMENT, EnrollmentState.PAUSED, actor=ACTOR, at=AT)
    change_states([first, second, third], ENROLLMENT, EnrollmentState.ENDED, actor=ACTOR, at=AT)
    assert set(Enrollment.objects.values_list("state", flat=True)) == {"ended"}
    assert [row[2]["state"] for row in audited()[-3:]] == ["active", "paused", "active"]


def test_one_that_may_not_move_stops_all(in_aurora: Any) -> None:
    rows = some(in_aurora)
    change_state(rows[1], ENROLLMENT, EnrollmentState.ENDED, actor=ACTOR, at=AT)
    before = len(audited())
    with pytest.raises(IllegalTransition):
        paused(rows)
    assert sorted(Enrollment.objects.values_list("state", flat=True)) == ["active", "active", "ended"]
    assert len(audited()) == before


def test_one_that_moved_meanwhile_stops_all(in_aurora: Any) -> None:
    rows = some(in_aurora)
    Enrollment.objects.filter(pk=rows[2].pk).update(state="ended")
    before = len(audited())
    with pytest.raises(StaleState):
        paused(rows)
    assert sorted(Enrollment.objects.values_list("state", flat=True)) == ["active", "active", "ended"]
    assert len(audited()) == before


def test_nobody_to_move_is_nothing(in_aurora: Any) -> None:
    before = len(audited())
    paused([])
    assert len(audited()) == before
