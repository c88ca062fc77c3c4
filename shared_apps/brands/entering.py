"""The only ways in: `brand_entered(brand)` and `public_entered()`, always as `with` blocks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django_tenants.utils import tenant_context

from shared_apps.brands.models import Brand
from shared_apps.brands.postgresql.base import connected


@contextmanager
def brand_entered(brand: Brand) -> Iterator[Brand]:
    """Run the block inside a brand: its schema on the search path, its database role, its tenant object."""
    with tenant_context(brand):
        yield brand


@contextmanager
def public_entered() -> Iterator[None]:
    """Run the block in the public schema, then return to the brand that was entered.

    Brand roles have no rights on shared tables; a shared app's own queries and actions step out by
    this block and must filter by the brand themselves.
    """
    before = connected().tenant
    connected().set_schema_to_public()
    try:
        yield
    finally:
        connected().set_tenant(before)


@contextmanager
def schema_entered(schema_name: str) -> Iterator[None]:
    """Run the block in the brand with this schema name, or in public; raises Brand.DoesNotExist."""
    with public_entered():
        brand = None if schema_name == "public" else Brand.objects.get(schema_name=schema_name)
        if brand is None:
            yield
        else:
            with tenant_context(brand):
                yield


def entered_brand() -> Brand:
    """Return the brand this thread is in. Raises RuntimeError in public: there is no default brand."""
    backend: Any = connection
    if not isinstance(backend.tenant, Brand):
        raise RuntimeError("No brand is entered.")
    return backend.tenant
