from ninja import Router

from tenant_apps.settlements.api import payouts, periods, previews, settling, statements

router = Router()
for part in (previews, periods, settling, statements, payouts):
    router.add_router("", part.router)
