from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "shared_apps.outbox"
    label = "outbox"
    verbose_name = _("Record")

    def ready(self) -> None:
        """Import every app's handlers, so that publishing knows all subscribers in every process."""
        for config in apps.get_app_configs():
            if find_spec(f"{config.name}.handlers"):
                import_module(f"{config.name}.handlers")
