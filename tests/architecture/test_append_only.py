"""What is written for ever: the database refuses the running system's role to change any row of it.

Each model says what its rows are: for ever (`append_only`), for ever but for some columns (`may_change`),
or living, and then it is listed below with why.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from shared_apps.brands.entering import brand_entered, public_entered
from tests.conftest import brand_named

MODELS = {
    model._meta.label: model
    for model in apps.get_models()
    if model.__module__.startswith(("shared_apps.", "tenant_apps."))
}
FOR_EVER = {label for label, model in MODELS.items() if getattr(model, "append_only", False)}
PARTLY = {label for label, model in MODELS.items() if hasattr(model, "may_change")}
LIVING = {
    # who is who and how it looks: edited, each edit audited
    "brands.Brand", "brands.Domain", "brands.Theme", "accounts.User", "accounts.ApiKey", "partners.Partner",
    "partners.PartnerUser", "partners.PartnerBrand", "catalog.Product", "catalog.Offer", "catalog.Price",
    "programs.Program", "programs.Link", "tracking.Site", "customers.Customer", "customers.Lead",
    "payments.ProviderAccount",
    # a lifecycle: what moves is audited, what was said about money stands in rows that are for ever
    "programs.Enrollment", "programs.ContractVersion", "orders.Order", "orders.Line",
    "disputes.CreditDispute", "disputes.Party", "attribution.Deal", "attribution.DuplicateSuspicion",
    # work in hand, roll-ups and counters
    "brands.SchemaTemplate", "brands.Doorbell", "outbox.Message", "outbox.Delivery", "partners.HandOff",
    "partners.PartnerBalance", "partners.PartnerStatement", "payments.InboundEvent", "orders.OrderCounter",
    "ledger.BooksGate", "settlements.StatementCounter", "reports.Export", "attribution.Import",
    "attribution.ImportRow", "reports.Simulation", "reports.SimulatedLine", "reports.SimulatedTotal",
}  # fmt: skip
IN_BOTH = {"audit.AuditEvent", "audit.RecordSeal"}
OF_BRANDS = [label for label, model in MODELS.items() if model.__module__.startswith("tenant_apps.")]


def statements(model: Any) -> Iterator[str]:
    table, changing = model._meta.db_table, getattr(model, "may_change", ())
    yield f"DELETE FROM {table}"
    yield f"TRUNCATE {table} CASCADE"
    for field in model._meta.concrete_fields:
        if field.name not in changing:
            yield f'UPDATE {table} SET "{field.column}" = "{field.column}"'


def allowed_of(model: Any) -> list[str]:
    """Return the statements that the entered role was not refused: there must be none."""
    allowed = []
    for statement in statements(model):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except ProgrammingError as error:
            assert f"permission denied for table {model._meta.db_table}" in str(error)  # noqa: PT017
        else:
            allowed.append(statement)
    return allowed


def test_every_model_says_whether_its_rows_are_for_ever() -> None:
    assert set(MODELS) == FOR_EVER | PARTLY | LIVING
    assert not FOR_EVER & PARTLY
    assert not (FOR_EVER | PARTLY) & LIVING


@pytest.mark.parametrize("label", sorted((FOR_EVER | PARTLY) & {*OF_BRANDS, *IN_BOTH}))
def test_a_brands_role_only_adds(aurora: Any, label: str) -> None:
    with brand_entered(brand_named("Aurora")):
        assert allowed_of(MODELS[label]) == []


@pytest.mark.parametrize("label", sorted((FOR_EVER | PARTLY).difference(OF_BRANDS)))
def test_the_public_role_only_adds(db: None, label: str) -> None:
    with public_entered():
        assert allowed_of(MODELS[label]) == []


@pytest.mark.parametrize("label", sorted(PARTLY))
def test_what_may_change_may(aurora: Any, label: str) -> None:
    meta = MODELS[label]._meta
    with brand_entered(brand_named("Aurora")), connection.cursor() as cursor:
        for name in MODELS[label].may_change:
            column = meta.get_field(name).column
            cursor.execute(f'UPDATE {meta.db_table} SET "{column}" = "{column}"')
