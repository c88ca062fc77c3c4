from django.apps import AppConfig


class AttributionConfig(AppConfig):
    name = "tenant_apps.attribution"
    label = "attribution"
