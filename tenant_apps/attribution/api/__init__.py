from ninja import Router

from tenant_apps.attribution.api import deals, decisions, duplicates, entries, imports, own, policies

router = Router()
for part in (decisions, deals, entries, duplicates, policies, imports, own):
    router.add_router("", part.router)
