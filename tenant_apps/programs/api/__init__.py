from ninja import Router

from tenant_apps.programs.api import deals, links, own

router = Router()
for part in (deals, links, own):
    router.add_router("", part.router)
