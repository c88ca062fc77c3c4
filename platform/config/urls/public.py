from django.urls import include, path
from django.views.generic import TemplateView

from shared_apps.brands.hosts import partner_host_address

urlpatterns = [
    path(
        "",
        TemplateView.as_view(
            template_name="tributary/platform.html", extra_context={"partner_home": partner_host_address}
        ),
        name="platform_home",
    ),
    path("accounts/", include("allauth.urls")),
]
