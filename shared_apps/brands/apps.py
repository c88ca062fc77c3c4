from django.apps import AppConfig


class BrandsConfig(AppConfig):
    name = "shared_apps.brands"
    label = "brands"

    def ready(self) -> None:
        from shared_apps.brands import checks, hosts  # noqa: F401, PLC0415  (registers checks; resets after requests)
