from django.urls import include, path

from config.api import brand_api

urlpatterns = [
    path("api/v1/", brand_api.urls),
    path("accounts/", include("allauth.urls")),
]
