"""The only writers of exports and simulations: ask for one, work it off chunk by chunk, drop what is over."""

from tenant_apps.reports.actions.requesting import request_export
from tenant_apps.reports.actions.simulating import (
    Asked,
    advance_simulation,
    cancel_simulation,
    expire_simulations,
    request_simulation,
)
from tenant_apps.reports.actions.writing import advance_export, expire_exports

__all__ = [
    "Asked",
    "advance_export",
    "advance_simulation",
    "cancel_simulation",
    "expire_exports",
    "expire_simulations",
    "request_export",
    "request_simulation",
]
