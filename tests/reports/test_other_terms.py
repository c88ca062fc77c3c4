"""Simulations worked out by hand: who gains, who loses, why; nothing else is written; stopped, killed, refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from kernel.errors import DomainError, IllegalTransition, InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.programs.actions import draft_version, set_recruiter
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.reports.actions import Asked, advance_simulation, cancel_simulation, request_export, request_simulation
from tenant_apps.reports.actions.simulating import advancing, requesting
from tenant_apps.reports.errors import SimulationsWaiting, UnknownDeal
from tenant_apps.reports.files import path_of
from tenant_apps.reports.models import Export, SimulatedLine, SimulatedTotal, Simulation
from tenant_apps.reports.queries import by_month, by_rule, partners_of_simulation, totals_of_simulation
from tenant_apps.settlements.queries import known_to_terms
from tests.commissions.selling import ACTOR, AT, DAY, FINANCE, TEN_PERCENT, offer_at, paid_order, partner, refund, visit
from tests.reports.trying import LATER, MARCH, asked, in_effect, rows_everywhere, simulated, totals, worked_off

Drain = Callable[[], int]
TIERS = [{"from": 0, "rate": "0.05"}, {"from": 150_00, "rate": "0.20"}]
CLIMB = {"id": "climb", "pay": {"kind": "tiered", "measure": "period_revenue", "mode": "past_each", "tiers": TIERS}}


def drafted(deal: Enrollment, rules: list[dict[str, Any]], **beside: Any) -> ContractVersion:
    terms = {"currency": "EUR", "rules": rules} | beside
    return draft_version(enrollment=deal, terms=terms, known=known_to_terms(), actor=ACTOR, at=AT)


def sold(deal: Enrollment, gross: int, number: int, drain: Drain, **wish: Any) -> Any:
    visit(f"v{number}", deal, wish.get("at", AT) - DAY)
    order = paid_order(offer_at(gross, code=f"tour-{number}"), f"v{number}", **wish)
    drain()
    return order


@pytest.fixture
def march(in_aurora: Brand, drain: Drain) -> tuple[Enrollment, Enrollment]:
    """Nord sold 100 twice and 50 of it came back, Sur sold 40; ten per cent each."""
    nord, sur = partner("nord", TEN_PERCENT), partner("sur", TEN_PERCENT)
    sold(nord, 100_00, 1, drain)
    second = sold(nord, 100_00, 2, drain)
    sold(sur, 40_00, 3, drain)
    refund(second, 50_00)
    drain()
    return nord, sur


def test_a_draft_is_told_beside_what_was_booked(march: tuple[Enrollment, Enrollment]) -> None:
    nord, sur = march
    versions = [drafted(nord, [CLIMB]), drafted(sur, [{"id": "two", "pay": {"kind": "percent", "rate": "0.02"}}])]
    before = rows_everywhere()
    simulation = simulated(versions)
    assert rows_everywhere() == before
    # Nord: 5 % of 150 and 20 % of 50 are 17.50, half of the second order's 12.50 goes back: 11.25 for 15. Sur: 2 %.
    [total] = totals_of_simulation(simulation)
    assert (total.currency, total.booked_minor, total.simulated_minor) == ("EUR", 15_00 + 4_00, 11_25 + 80)
    assert total.difference_minor == -6_95
    rows = SimulatedLine.objects.filter(simulation=simulation, enrollment=nord).order_by("pk")
    told = [(row.kind, row.rule_booked, row.booked_minor, row.rule_simulated, row.simulated_minor) for row in rows]
    assert told == [
        ("sale", "ten", 10_00, "climb", 5_00), ("sale", "ten", 10_00, "climb", 12_50),
        ("return", "ten", -5_00, "climb", -6_25),
    ]  # fmt: skip
    sliced = {"lower": "150.00 EUR", "amount": "50.00 EUR", "rate": "0.20"}
    assert {"code": "slice", "facts": sliced} in rows[1].explanation
    assert {"code": "to_take_back", "facts": {"amount": "6.25 EUR"}} in rows[2].explanation
    assert [(row.label, row.difference_minor) for row in partners_of_simulation(simulation, most=9)] == [
        ("sur", -3_20), ("nord", -3_75),
    ]  # fmt: skip
    assert {row.key: (row.booked_minor, row.simulated_minor) for row in by_rule(simulation)} == {
        "ten": (19_00, 0), "climb": (0, 11_25), "two": (0, 80),
    }  # fmt: skip
    assert [row.key for row in by_month(simulation)] == ["2026-03"]


def test_levels_caps_bonuses_and_periods_are_tried_too(march: tuple[Enrollment, Enrollment], drain: Drain) -> None:
    nord, sur = march
    set_recruiter(enrollment=nord, recruiter=sur, actor=ACTOR, at=AT)
    capped = [TEN_PERCENT[0] | {"limits": {"caps": [{"per": "period", "period": "month", "amount_minor": 14_00}]}}]
    star = {"id": "star", "measure": "period_count", "reach": 2, "amount_minor": 5_00}
    level = {"level": 1, "of": "commission", "rate": "0.5"}
    simulation = simulated([drafted(nord, capped, bonuses=[star]), drafted(sur, TEN_PERCENT, levels=[level])])
    found = sorted(
        (row.kind, row.enrollment_id, row.booked_minor, row.simulated_minor)
        for row in SimulatedLine.objects.filter(simulation=simulation)
    )
    # The cap leaves 4 of the second sale, of which half goes back; a half of both for who recruited.
    assert found == [
        ("level", sur.pk, 0, 2_00), ("level", sur.pk, 0, 5_00), ("period", nord.pk, 0, 5_00),
        ("return", nord.pk, -5_00, -2_00), ("return", sur.pk, 0, -1_00), ("sale", nord.pk, 10_00, 4_00),
    ]  # fmt: skip
    assert totals(simulation) == (19_00, 10_00 + 4_00 - 2_00 + 5_00 + 4_00 + 5_00 + 2_00 - 1_00)


def test_new_customers_alone_try_pinned_terms(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", TEN_PERCENT)
    sold(nord, 100_00, 1, drain, at=AT - 20 * DAY, email="ann@example.com")
    sold(nord, 100_00, 2, drain, email="ann@example.com")
    sold(nord, 100_00, 3, drain, email="bob@example.com")
    double = drafted(nord, [{"id": "twenty", "pay": {"kind": "percent", "rate": "0.20"}}])
    assert totals(simulated([double])) == (20_00, 40_00)
    assert totals(simulated([double], customers="new")) == (20_00, 30_00)


def test_a_deal_without_terms_and_a_time_without_sales(in_aurora: Brand, drain: Drain) -> None:
    nord = partner("nord", None)
    sold(nord, 100_00, 1, drain)
    terms = {"currency": "EUR", "rules": TEN_PERCENT}
    assert totals(simulated(terms=terms, enrollments=[nord.public_id])) == (0, 10_00)
    empty = simulated(terms=terms, enrollments=[nord.public_id], since=date(2026, 1, 1), until=date(2026, 1, 31))
    assert (empty.state, empty.rows_total, totals_of_simulation(empty)) == ("done", 0, [])


def test_a_worker_that_dies_leaves_the_step_before(
    march: tuple[Enrollment, Enrollment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advancing, "CHUNK", 1)
    version = drafted(march[0], [CLIMB])
    simulation = request_simulation(asked=asked([version]), actor=FINANCE, at=LATER)
    advance_simulation(simulation_ref=simulation.public_id, step=0, at=LATER)
    with monkeypatch.context() as dying:
        dying.setattr(advancing, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            advance_simulation(simulation_ref=simulation.public_id, step=1, at=LATER)
    current = Simulation.objects.get()
    assert (current.state, current.step, current.rows_done, current.percent) == ("running", 1, 1, 50)
    assert advance_simulation(simulation_ref=simulation.public_id, step=0, at=LATER) is None
    done = worked_off(current)
    assert (done.state, done.step, done.carried, done.percent) == ("done", 3, {}, 100)
    assert totals(done) == (15_00, 11_25)


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_outbox_works_it_off_and_says_so(march: tuple[Enrollment, Enrollment], drain: Drain) -> None:
    simulation = request_simulation(asked=asked([drafted(march[0], [CLIMB])]), actor=FINANCE, at=LATER)
    drain()
    assert Simulation.objects.get().state == "done"
    names = set(Message.objects.filter(payload__simulation_ref=simulation.public_id).values_list("name", flat=True))
    assert names == {"simulation.requested", "simulation.finished"}
    verbs = AuditEvent.objects.filter(subject_id=simulation.public_id).order_by("pk").values_list("verb", flat=True)
    assert verbs[0] == "simulation.requested"


def test_one_that_waits_or_runs_can_be_stopped(
    march: tuple[Enrollment, Enrollment], monkeypatch: pytest.MonkeyPatch, drain: Drain
) -> None:
    monkeypatch.setattr(advancing, "CHUNK", 1)
    simulation = request_simulation(asked=asked([drafted(march[0], [CLIMB])]), actor=FINANCE, at=LATER)
    advance_simulation(simulation_ref=simulation.public_id, step=0, at=LATER)
    stopped = cancel_simulation(simulation=simulation, actor=FINANCE, at=LATER)
    assert (stopped.state, SimulatedLine.objects.count()) == ("canceled", 0)
    drain()
    assert (Simulation.objects.get().state, SimulatedTotal.objects.count()) == ("canceled", 0)
    with pytest.raises(IllegalTransition):
        cancel_simulation(simulation=simulation, actor=FINANCE, at=LATER)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"since": date(2026, 7, 1), "until": date(2026, 7, 31)}, "since"),
        ({"until": date(2026, 7, 1)}, "until"),
        ({"until": date(2026, 2, 1)}, "until"),
        ({"since": date(2025, 2, 1)}, "until"),
        ({"customers": "old"}, "customers"),
        ({"terms": None}, "versions"),
        ({"enrollments": []}, "enrollments"),
        ({"enrollments": ["enr_none"]}, "enrollments[0]"),
        ({"program": "prg_none"}, "program"),
        ({"versions": ["ctv_none"], "terms": None}, "versions[0]"),
        ({"terms": {"currency": "EUR", "rules": [{"id": "x", "pay": {"kind": "percent", "rate": "2x"}}]}},
         "terms.rules[0].pay.rate"),
        ({"terms": {"currency": "JPY", "rules": []}}, "terms.currency"),
        ({"terms": []}, "terms"),
    ],
)  # fmt: skip
def test_bad_input_is_named_and_nothing_is_kept(
    march: tuple[Enrollment, Enrollment], wish: dict[str, Any], field: str
) -> None:
    good = {"terms": {"currency": "EUR", "rules": TEN_PERCENT}, "enrollments": [march[0].public_id]}
    with pytest.raises((InvalidInput, UnknownDeal)) as refused:
        request_simulation(asked=Asked(**(MARCH | good | wish)), actor=FINANCE, at=LATER)
    assert [error["field"] for error in refused.value.details["errors"]] == [field]
    assert not Simulation.objects.exists()


def test_sales_in_another_currency_and_too_many_sales_are_refused(
    march: tuple[Enrollment, Enrollment], monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_at(5_00, currency="USD", code="dollars")
    terms = {"currency": "USD", "rules": TEN_PERCENT}
    with pytest.raises(InvalidInput) as other:
        simulated(terms=terms, enrollments=[march[0].public_id])
    assert (other.value.field, "sold in EUR" in other.value.message) == ("terms.currency", True)
    monkeypatch.setattr(requesting, "MOST_SALES", 1)
    with pytest.raises(InvalidInput) as many:
        simulated(in_effect(*march))
    assert many.value.field == "until"


def test_so_many_may_wait(march: tuple[Enrollment, Enrollment]) -> None:
    wish = asked(in_effect(*march))
    for _ in range(requesting.MOST_WAITING):
        request_simulation(asked=wish, actor=FINANCE, at=LATER)
    with pytest.raises(SimulationsWaiting):
        request_simulation(asked=wish, actor=FINANCE, at=LATER)
    with pytest.raises(InvalidInput) as twice:
        request_simulation(asked=replace(wish, versions=[wish.versions[0]] * 2), actor=FINANCE, at=LATER)
    assert twice.value.field == "versions"


def test_the_lines_that_differ_are_handed_out(
    march: tuple[Enrollment, Enrollment], drain: Drain, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    simulation = simulated([drafted(march[0], [CLIMB])])
    ask = {"kind": "simulation", "filters": {"simulation": simulation.public_id}, "actor": FINANCE, "at": LATER}
    export = request_export(format="json", **ask)
    drain()
    rows = json.loads(path_of(Export.objects.get(pk=export.pk)).read_text())
    names = ("rule_booked", "rule_simulated", "difference_minor", "difference")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("ten", "climb", -5_00, "-5.00"), ("ten", "climb", 2_50, "2.50"), ("ten", "climb", -1_25, "-1.25"),
    ]  # fmt: skip
    assert "Slice from 150.00 EUR: 50.00 EUR × 0.20" in rows[1]["why"]
    with pytest.raises(DomainError):
        request_export(format="json", **(ask | {"kind": "commissions"}))


def test_the_command_line_says_it_in_one_object(march: tuple[Enrollment, Enrollment], tmp_path: Path) -> None:
    file, out = tmp_path / "terms.json", StringIO()
    file.write_text(json.dumps({"currency": "EUR", "rules": [CLIMB]}))
    call_command(
        "reports", "simulate", "--brand", "Aurora", "--terms", str(file), "--enrollment", march[0].public_id,
        "--month", "2026-03", "--json", stdout=out,
    )  # fmt: skip
    told = json.loads(out.getvalue())
    assert (told["state"], told["totals"][0]["difference_minor"]) == ("done", -3_75)
    assert told["partners"][0]["label"] == "nord"
    for options, field in ((["--month", "March"], "month"), (["--since", "x", "--until", "2026-03-02"], "since")):
        err = StringIO()
        with pytest.raises(SystemExit):
            call_command("reports", "simulate", "--brand", "Aurora", *options, "--json", stderr=err)
        assert json.loads(err.getvalue())["details"]["errors"][0]["field"] == field
