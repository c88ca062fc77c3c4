from importlib import import_module

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "tenant_apps.payments"
    label = "payments"

    def ready(self) -> None:
        """Register the start-up checks."""
        import_module("tenant_apps.payments.checks")
