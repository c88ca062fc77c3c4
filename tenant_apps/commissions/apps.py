from django.apps import AppConfig


class CommissionsConfig(AppConfig):
    name = "tenant_apps.commissions"
    label = "commissions"
