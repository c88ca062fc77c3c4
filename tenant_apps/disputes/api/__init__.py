from ninja import Router

from tenant_apps.disputes.api import disputes, own

router = Router()
for part in (disputes, own):
    router.add_router("", part.router)
