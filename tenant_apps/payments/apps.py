from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "tenant_apps.payments"
    label = "payments"
    verbose_name = _("Money")

    def ready(self) -> None:
        """Register the start-up checks."""
        import_module("tenant_apps.payments.checks")
