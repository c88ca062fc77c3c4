from ninja import Router

from tenant_apps.settlements.api import contracts, payouts, periods, previews, settling, statements

router = Router()
for part in (previews, periods, settling, statements, payouts, contracts):
    router.add_router("", part.router)
