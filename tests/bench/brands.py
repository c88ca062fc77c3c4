"""One brand in a database of its own, for scenarios that look at a single brand."""

from django.db import connections
from psycopg import sql

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.brands.actions import provision_brand
from shared_apps.brands.models import Brand
from tests.bench import databases
from tests.bench.runner import Place


def alone(place: Place, name: str) -> Brand:
    """Copy the migrated database for this scenario, point our connections at it, provision a brand there."""
    database = f"{place.database}_{name}"
    databases.copy(place.owner, place.database, database)
    databases.use(database)
    return provision_brand(
        name=f"Bench {name}", domain=f"{name.replace('_', '-')}.localhost", currency="EUR", timezone="Europe/Berlin",
        actor=system("bench"), at=utc_now(),
    )  # fmt: skip


def as_owner(brand: Brand, *statements: str) -> None:
    """Run SQL on a brand's tables with the owner's rights: what a measurement needs and the product may not."""
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute(sql.SQL("SET search_path TO {}, public").format(sql.Identifier(brand.schema_name)))
        try:
            for statement in statements:
                cursor.execute(statement)
        finally:
            owner.set_schema_to_public()
            cursor.execute("SET search_path TO public")


def vacuum(brand: Brand, *tables: str) -> None:
    """Remove dead rows and renew statistics, so that no side pays for what another left."""
    as_owner(brand, *(f"VACUUM (ANALYZE) {table}" for table in tables))
