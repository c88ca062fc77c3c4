from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "shared_apps.audit"
    label = "audit"
    verbose_name = _("Record")

    def ready(self) -> None:
        """Import every app's `verifying`, so that all looks are known wherever one verifies."""
        import_module("shared_apps.audit.proof")
        for config in apps.get_app_configs():
            if find_spec(f"{config.name}.verifying"):
                import_module(f"{config.name}.verifying")
