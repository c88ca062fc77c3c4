from django.apps import AppConfig


class SettlementsConfig(AppConfig):
    name = "tenant_apps.settlements"
    label = "settlements"
