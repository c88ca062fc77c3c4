"""Objects of the console: each noun's list, and a page of its own for one of them."""

from tenant_apps.console.admin import (
    catalog,
    correcting,
    credit,
    disputes,
    money,
    partners,
    payouts,
    reports,
    sales,
    system,
    taxing,
)

__all__ = [
    "catalog",
    "correcting",
    "credit",
    "disputes",
    "money",
    "partners",
    "payouts",
    "reports",
    "sales",
    "system",
    "taxing",
]
