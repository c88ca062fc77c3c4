from ninja import Router

from tenant_apps.commissions.api import confirming, exchanging, lines, writing

router = Router()
for part in (confirming, lines, writing, exchanging):
    router.add_router("", part.router)
