"""Operators try terms from a version or from the editor, follow the work, stop it, and read who gains and who loses."""

import json
from collections.abc import Callable

from django.test import Client

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.reports.actions import expire_simulations
from tenant_apps.reports.models import Export, Simulation
from tests.commissions.selling import TEN_PERCENT, accrued_order, offer_at, partner, visit

Operators = Callable[..., Client]
Drain = Callable[[], int]
DAYS = {"since": "2026-03-01", "until": "2026-03-31", "customers": "all", "scope": "deal"}
HALF = {"currency": "EUR", "rules": [{"id": "half", "pay": {"kind": "percent", "rate": "0.05"}}]}


def test_edited_terms_are_tried_read_and_handed_out(aurora: Brand, operator_of: Operators, drain: Drain) -> None:
    with brand_entered(aurora):
        nord = partner("nord", TEN_PERCENT)
        visit("v1", nord)
        accrued_order(offer_at(100_00), "v1")
    finance = operator_of(aurora, Role.FINANCE)
    edited = {"enrollment": str(nord.pk), "document": json.dumps(HALF)}
    form = finance.post("/console/simulations/new", edited).content.decode()
    assert "As edited for nord" in form
    wrong = finance.post("/console/simulations/new", edited | DAYS | {"until": "2126-01-01"})
    assert (wrong.status_code, "lies in the future" in wrong.content.decode()) == (422, True)
    asked = finance.post("/console/simulations/new", edited | DAYS)
    assert asked.status_code == 302, asked.content.decode()
    page = asked["Location"]
    assert "0 of 1 lines" in finance.get(page).content.decode()
    with brand_entered(aurora):
        drain()
        simulation = Simulation.objects.get()
    assert finance.get(f"/console/simulations/{simulation.pk}/progress")["HX-Refresh"] == "true"
    told = finance.get(page).content.decode()
    assert "kept until" in told
    assert all(word in told for word in ("costs less", "€10.00", "€5.00", "ten → half", "Why this amount"))
    export = finance.post(f"/console/verbs/simulations/{simulation.pk}/export", {"format": "json"})
    with brand_entered(aurora):
        assert export["Location"].endswith(f"/{Export.objects.get(kind='simulation').pk}/change/")
        assert simulation.expires_at
        expire_simulations(at=simulation.expires_at)
    over = finance.get(page).content.decode()
    assert ("Simulate again for a new one." in over, "€10.00" in over) == (True, False)
    finance.post(f"/console/verbs/simulations/{simulation.pk}/export", {"format": "json"})
    with brand_entered(aurora):
        assert Export.objects.count() == 1


def test_a_version_is_tried_and_stopped(aurora: Brand, hanok: Brand, operator_of: Operators) -> None:
    with brand_entered(aurora):
        nord = partner("nord", TEN_PERCENT)
        version = nord.contract_versions.get()
    operations = operator_of(aurora, Role.OPERATIONS)
    assert (
        f'value="{version.pk}" selected'
        in operations.get(f"/console/simulations/new?version={version.pk}").content.decode()
    )
    page = operations.post("/console/simulations/new", DAYS | {"version": str(version.pk), "scope": "program"})[
        "Location"
    ]
    with brand_entered(aurora):
        simulation = Simulation.objects.get()
    assert (operator_of(hanok, Role.ADMIN).get(page).status_code) == 404
    operations.post(f"/console/verbs/simulations/{simulation.pk}/cancel")
    with brand_entered(aurora):
        assert Simulation.objects.get().state == "canceled"
    assert operations.post(f"/console/verbs/simulations/{simulation.pk}/export", {"format": "csv"}).status_code == 403
