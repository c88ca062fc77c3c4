from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "tenant_apps.programs"
    label = "programs"
