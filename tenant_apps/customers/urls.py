from django.urls import path

from tenant_apps.customers.views import widget

urlpatterns = [path("leads", widget.leads, name="leads")]
