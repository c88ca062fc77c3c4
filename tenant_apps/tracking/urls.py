from django.urls import path

from tenant_apps.tracking.views import widget

urlpatterns = [
    path("t.js", widget.script, name="tracker"),
    path("events", widget.events, name="events"),
    path("offers", widget.offers, name="offers"),
]
