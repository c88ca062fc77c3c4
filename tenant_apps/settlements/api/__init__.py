from ninja import Router

from tenant_apps.settlements.api import batches, contracts, payouts, periods, previews, settling, statements

router = Router()
for part in (previews, periods, settling, statements, batches, payouts, contracts):
    router.add_router("", part.router)
