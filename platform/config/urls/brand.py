from django.urls import include, path

from config.api import brand_api
from tenant_apps.payments.views import stripe_webhook

urlpatterns = [
    path("", include("tenant_apps.storefront.urls")),
    path("api/v1/", brand_api.urls),
    path("webhooks/stripe", stripe_webhook, name="stripe_webhook"),
    path("w/v1/", include("tenant_apps.tracking.urls")),
    path("w/v1/", include("tenant_apps.customers.urls")),
    path("console/", include("tenant_apps.console.urls")),
    path("portal/", include("tenant_apps.portal.urls")),
    path("accounts/", include("allauth.urls")),
]
