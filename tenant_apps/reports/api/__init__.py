from ninja import Router

from tenant_apps.reports.api import reporting, simulating

router = Router()
for part in (reporting, simulating):
    router.add_router("", part.router)
