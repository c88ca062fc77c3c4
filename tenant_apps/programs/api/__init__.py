from ninja import Router

from tenant_apps.programs.api import deals, own

router = Router()
for part in (deals, own):
    router.add_router("", part.router)
