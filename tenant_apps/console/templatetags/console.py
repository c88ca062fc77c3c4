from typing import Any

from django import template
from django.utils.safestring import SafeString

from tenant_apps.console import showing
from tenant_apps.console.reasons import reason_text

register = template.Library()
register.filter("chip", showing.chip)
register.filter("tone", showing.tone_of)
register.filter("why", reason_text)


@register.simple_tag
def amount(minor: int | None, currency: str) -> SafeString:
    """Show minor units with their currency."""
    return showing.amount(minor, currency)


@register.simple_tag
def page_of(model_name: str, pk: object, text: object) -> SafeString:
    """Link to an object's page."""
    return showing.reference(model_name, pk, str(text))


@register.filter
def named(names: dict[str, Any], key: str) -> Any:
    """Look a key up; the key itself when it has no name."""
    return names.get(key, key)
