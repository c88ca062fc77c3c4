from ninja import Router

from tenant_apps.settlements.api import (
    adjusting,
    batches,
    contracts,
    correcting,
    forecasting,
    own,
    own_files,
    payouts,
    periods,
    previews,
    settling,
    statements,
    taxing,
    terms,
)

router = Router()
for part in (
    previews,
    periods,
    settling,
    statements,
    batches,
    payouts,
    contracts,
    taxing,
    terms,
    correcting,
    adjusting,
    forecasting,
    own,
    own_files,
):
    router.add_router("", part.router)
