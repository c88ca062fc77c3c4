from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "tenant_apps.console"
    label = "console"
