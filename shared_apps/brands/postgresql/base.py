from typing import Any, cast

import psycopg
from django.conf import settings
from django.db import connections
from django_tenants.postgresql_backend import base

PUBLIC = "public"


def role_of(schema_name: str) -> str:
    """Return the database role that may see this schema. Roles are per cluster, hence the prefix."""
    return f"{settings.DATABASE_ROLE_PREFIX}_{schema_name}"


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """Set search path and role together, and fail closed when either cannot be set.

    The stock backend sets the path only and swallows errors; a thread that forgot its brand then
    reads with the rights of the login. Here the login has no rights of its own, so what is not
    entered is refused. The owner's connection (migrations, provisioning) keeps its own role.
    """

    tenant: Any
    schema_name: str
    include_public_schema: bool
    _setting_search_path: bool

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        """Remember the brand; the next cursor enters it. Content types are shared, so their cache stays."""
        if self.schema_name == tenant.schema_name and self.include_public_schema == include_public:
            self.tenant = tenant
            return
        self.tenant = tenant
        self.schema_name = tenant.schema_name
        self.include_public_schema = include_public
        self.set_settings_schema(self.schema_name)
        self.search_path_set_schemas = None

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self._setting_search_path or self.search_path_set_schemas:
            return
        paths = self._get_cursor_search_paths()
        search_path = ", ".join(f'"{path}"' for path in paths)
        if self.connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
            return  # whatever comes next fails by itself, except the rollback that must get through
        self._setting_search_path = True
        own = self.connection.cursor() if cursor is None else cursor
        try:
            if self.alias == "owner":
                own.execute("SELECT set_config('search_path', %s, false)", [search_path])
            else:
                own.execute(
                    "SELECT set_config('search_path', %s, false), set_config('role', %s, false)",
                    [search_path, role_of(self.schema_name)],
                )
            self.search_path_set_schemas = paths
        finally:
            self._setting_search_path = False
            if cursor is None:
                own.close()


def connected(alias: str = "default") -> DatabaseWrapper:
    """Return this thread's connection as what it is: one that knows which brand it has entered."""
    return cast("DatabaseWrapper", connections[alias])


def entered(alias: str = "default") -> str:
    """Return the schema that this thread's connection is in."""
    return connected(alias).schema_name
