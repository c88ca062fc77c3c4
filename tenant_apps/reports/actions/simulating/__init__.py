"""Run a time once more under other terms: ask for it, go on chunk by chunk, add it up, cancel it, drop it."""

from tenant_apps.reports.actions.simulating.advancing import advance_simulation, cancel_simulation
from tenant_apps.reports.actions.simulating.expiring import expire_simulations
from tenant_apps.reports.actions.simulating.requesting import Asked, request_simulation

__all__ = ["Asked", "advance_simulation", "cancel_simulation", "expire_simulations", "request_simulation"]
