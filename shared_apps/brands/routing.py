from typing import Any

from django.conf import settings
from django_tenants.routers import TenantSyncRouter

from shared_apps.brands.postgresql.base import connected


class SchemaRouter(TenantSyncRouter):  # type: ignore[misc]
    """Shared apps migrate in public, brand apps in a brand's schema; only by the owner's connection."""

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if db != "owner":
            return False
        apps = settings.SHARED_APPS if connected(db).schema_name == "public" else settings.TENANT_APPS  # type: ignore[misc]
        return None if self.app_in_list(app_label, apps) else False

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool | None:
        """Both aliases are one database: what the owner's connection made may be referred to by the other."""
        return True if {obj1._state.db, obj2._state.db} <= {"default", "owner", None} else None
