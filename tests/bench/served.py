"""What the measured servers serve: one view, one query, an answer that names the host and the brand."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from tenant_apps.catalog.models import Product

CANARY = "canary"


def canary(request: HttpRequest) -> HttpResponse:
    """Answer `<host> <name of the brand's canary product>`."""
    product = Product.objects.get(code=CANARY)
    body = f"{request.get_host()} {product.name}".encode()
    return HttpResponse(body, content_type="text/plain", headers={"Content-Length": str(len(body))})


urlpatterns = [path("canary", canary)]
