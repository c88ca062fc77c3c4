"""Which terms an order is paid by: those of the customer's first charge while pinned, else those of its instant."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_apps.brands.models import Brand
from tenant_apps.programs.models import ContractVersion, Enrollment, Program
from tenant_apps.programs.queries import terms_for

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spell:
    """A version of the model: from a day until a day, pinned or not."""

    begins: int
    ends: int | None
    pinned: bool


def deal() -> Enrollment:
    program, _ = Program.objects.get_or_create(name="Partners", defaults={"created_at": START})
    number = Enrollment.objects.count()
    return Enrollment.objects.create(program=program, partner_ref=f"par_{number}", partner_name="N", enrolled_at=START)


def version(enrollment: Enrollment, spell: Spell, **values: Any) -> ContractVersion:
    begins, ends = START + spell.begins * DAY, None if spell.ends is None else START + spell.ends * DAY
    return ContractVersion.objects.create(
        enrollment=enrollment, number=enrollment.contract_versions.count() + 1, currency="EUR", rules=[],
        pinning="pinned" if spell.pinned else "floating", effective_from=begins, effective_to=ends, **values,
    )  # fmt: skip


def expected(spells: list[Spell], at: int, first: int | None) -> int | None:
    """Say the same by hand: the index of the spell that pays."""

    def held(day: int) -> int | None:
        found = [i for i, s in enumerate(spells) if s.begins <= day and (s.ends is None or day < s.ends)]
        return found[0] if found else None

    current = held(at)
    if current is None or first is None or first >= at:
        return current
    pinned = held(first)
    return pinned if pinned is not None and spells[pinned].pinned else current


@st.composite
def histories(draw: st.DrawFn) -> list[Spell]:
    bounds = sorted(draw(st.sets(st.integers(0, 20), min_size=1, max_size=5)))
    last = draw(st.sampled_from([None, 30]))
    return [
        Spell(begin, end, draw(st.booleans()))
        for begin, end in zip(bounds, [*bounds[1:], last], strict=True)
    ]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.integers(-1, 31), st.none() | st.integers(-1, 31))
def test_terms_for_agrees_with_the_sentence(in_aurora: Brand, spells: list[Spell], at: int, first: int | None) -> None:
    with transaction.atomic():
        enrollment = deal()
        versions = [version(enrollment, spell) for spell in spells]
        found = terms_for(enrollment.pk, "EUR", START + at * DAY, None if first is None else START + first * DAY)
        wanted = expected(spells, at, first)
        assert found == (None if wanted is None else versions[wanted])
        transaction.set_rollback(True)


def test_a_version_that_is_not_agreed_on_pays_nobody_and_has_no_times(in_aurora: Brand) -> None:
    enrollment = deal()
    for number, state in enumerate(["draft", "proposed", "withdrawn", "declined"], 1):
        ContractVersion.objects.create(
            enrollment=enrollment, number=number, currency="EUR", rules=[], state=state, starts_at=START
        )
        with pytest.raises(IntegrityError, match="contract_version_agreed"), transaction.atomic():
            enrollment.contract_versions.filter(number=number).update(effective_from=START)
    assert terms_for(enrollment.pk, "EUR", START + DAY, None) is None
    accepted = ContractVersion.objects.create(
        enrollment=enrollment, number=9, currency="EUR", rules=[], state="accepted", effective_from=START + DAY
    )
    found = [terms_for(enrollment.pk, "EUR", START + offset * DAY, None) for offset in (0, 1, 2)]
    assert found == [None, accepted, accepted]  # though no job has called it effective yet


def test_another_currency_has_its_own_terms(in_aurora: Brand) -> None:
    enrollment = deal()
    version(enrollment, Spell(0, None, True))
    assert terms_for(enrollment.pk, "KRW", START + DAY, START) is None
