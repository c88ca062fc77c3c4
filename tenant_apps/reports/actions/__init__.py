"""The only writers of exports: ask for one, write its rows chunk by chunk, drop its file when its time is over."""

from tenant_apps.reports.actions.requesting import request_export
from tenant_apps.reports.actions.writing import advance_export, expire_exports

__all__ = ["advance_export", "expire_exports", "request_export"]
