from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrackingConfig(AppConfig):
    name = "tenant_apps.tracking"
    label = "tracking"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from tenant_apps.tracking.views import origins  # noqa: F401, PLC0415  (answers which origins may read)
