from ninja import Router

from tenant_apps.attribution.api import deals, decisions, duplicates, entries, imports, policies

router = Router()
for part in (decisions, deals, entries, duplicates, policies, imports):
    router.add_router("", part.router)
