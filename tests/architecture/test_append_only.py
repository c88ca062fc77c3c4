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
# Written once but for these columns: what becomes of a row, never what it says.
CHANGING = {
    "payments.PaymentIntent": "state session_id provider_intent_id checkout_url request error asked_at",
    "payments.Charge": "refunded_minor refunding_minor disputed_minor card_key",
    "payments.Refund": "state provider_refund_id error asked_at settled_at refunded_at",
    "payments.PartnerTransfer": "reversed_minor state provider_transfer_id error asked_at settled_at",
    "payments.Dispute": "state evidence_due_at withdrawn_minor reinstated_minor fee_minor closed_at",
    "commissions.Commission": "state moves_with held_for voided_by confirmed_at payable_at paid_at",
    "settlements.Period": "state closed_at closed_by closed_by_label",
    "settlements.Settlement": "state approved_at approved_by approved_by_label",
    "settlements.Adjustment": "state settlement decided_at decided_by decided_by_label",
    "settlements.Payout":
        "returned_minor state attempt method batch reference requested_at requested_by paid_at failure",
    "settlements.PayoutBatch": "state execute_on approved_at approved_by approved_by_label sent_at sent_by_label",
    "settlements.Correction": "state decided_at decided_by decided_by_label",
}  # fmt: skip
PARTLY = set(CHANGING)
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
    told = {label: set(model.may_change) for label, model in MODELS.items() if hasattr(model, "may_change")}
    assert told == {label: set(names.split()) for label, names in CHANGING.items()}
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
