"""What is written for ever: the database refuses the running system's role to change any row of it."""

from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from shared_apps.brands.entering import brand_entered, public_entered
from tests.conftest import brand_named

FOR_EVER = {model._meta.label: model._meta for model in apps.get_models() if getattr(model, "append_only", False)}
OF_BRANDS = [label for label, meta in FOR_EVER.items() if meta.app_config.name.startswith("tenant_apps.")]
VERBS = ("UPDATE {table} SET {key} = {key}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE")


def refused(meta: Any, verb: str) -> bool:
    statement = verb.format(table=meta.db_table, key=meta.pk.column)
    with (
        pytest.raises(ProgrammingError, match=f"permission denied for table {meta.db_table}"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    return True


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.split()[0])
@pytest.mark.parametrize("label", [*OF_BRANDS, "audit.AuditEvent"])
def test_a_brands_role_only_adds(aurora: Any, label: str, verb: str) -> None:
    with brand_entered(brand_named("Aurora")):
        assert refused(FOR_EVER[label], verb)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.split()[0])
@pytest.mark.parametrize("label", [label for label in FOR_EVER if label not in OF_BRANDS])
def test_the_public_role_only_adds(db: None, label: str, verb: str) -> None:
    with public_entered():
        assert refused(FOR_EVER[label], verb)
