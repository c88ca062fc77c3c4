from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "tenant_apps.tracking"
    label = "tracking"

    def ready(self) -> None:
        from tenant_apps.tracking.views import origins  # noqa: F401, PLC0415  (answers which origins may read)
