from ninja import Router

from tenant_apps.attribution.api import deals, decisions, duplicates, entries, policies

router = Router()
for part in (decisions, deals, entries, duplicates, policies):
    router.add_router("", part.router)
