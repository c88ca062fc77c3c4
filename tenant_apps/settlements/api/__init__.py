from ninja import Router

from tenant_apps.settlements.api import batches, contracts, payouts, periods, previews, settling, statements, taxing

router = Router()
for part in (previews, periods, settling, statements, batches, payouts, contracts, taxing):
    router.add_router("", part.router)
