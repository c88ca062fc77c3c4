from typing import Any

from django.http import HttpRequest


def brand_look(request: HttpRequest) -> dict[str, Any]:
    """Give templates the brand and the address of its colours; our own hosts have the house look."""
    brand = getattr(request, "tenant", None)
    if brand is None or brand.schema_name == "public":
        return {"brand": None, "theme_css_url": ""}
    return {"brand": brand, "theme_css_url": f"/theme/{brand.public_id}.css"}
