from functools import lru_cache
from typing import Any

from django.http import HttpRequest

from shared_apps.brands import rules
from shared_apps.brands.models import Theme


def brand_look(request: HttpRequest) -> dict[str, Any]:
    """Give templates the brand, its words and the address of its colours; our own hosts have the house look."""
    brand = getattr(request, "tenant", None)
    if brand is None or brand.schema_name == "public":
        return {"brand": None, "theme_css_url": ""}
    theme = getattr(brand, "theme", None)
    version = f"?v={style_sheet(chosen_look(theme))[1]}" if theme else ""
    return {
        "brand": brand,
        "brand_name": brand.name,
        "logo_text": theme.logo_text if theme else "",
        "support_email": brand.support_email,
        "home_url": "/",
        "theme_css_url": f"/theme/{brand.public_id}.css{version}",
    }


def chosen_look(theme: Theme) -> rules.Theme:
    """Return the tokens a brand chose, checked."""
    return rules.Theme(
        primary=theme.primary, radius=theme.radius, font=theme.font, logo_text=theme.logo_text, dark=theme.dark
    )


@lru_cache(maxsize=1024)
def style_sheet(look: rules.Theme) -> tuple[str, str]:
    """Return the style sheet of a look and its fingerprint, which is its version and its ETag."""
    return rules.css_variables(look), rules.css_fingerprint(look)
