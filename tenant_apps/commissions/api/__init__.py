from ninja import Router

from tenant_apps.commissions.api import confirming, exchanging, lines, own, pricing, writing

router = Router()
for part in (confirming, pricing, lines, writing, exchanging, own):
    router.add_router("", part.router)
