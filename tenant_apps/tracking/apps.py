from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "tenant_apps.tracking"
    label = "tracking"
