from django.urls import include, path

from tenant_apps.portal.views import across

urlpatterns = [
    path("", across.home, name="partner_home"),
    path("choose/", across.choose, name="partner_choose"),
    path("open/<slug:brand_ref>/", across.opening, name="partner_open"),
    path("enter/<slug:brand_ref>/", across.enter, name="partner_enter"),
    path("accounts/", include("allauth.urls")),
]
