from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from tenant_apps.payments.errors import PlaceholderSecret
from tenant_apps.payments.providers.stripe.secrets import check_api_key, check_webhook_secret


@register
def refuse_placeholder_secrets(**_: Any) -> list[CheckMessage]:
    """Refuse to start with keys that are set and plainly made up."""
    given = (
        ("STRIPE_SECRET_KEY", settings.STRIPE_SECRET_KEY, check_api_key),
        ("STRIPE_WEBHOOK_SECRET", settings.STRIPE_WEBHOOK_SECRET, check_webhook_secret),
    )
    return [
        Error(f"{name} is a placeholder.", hint=problem, id="payments.E001")
        for name, value, check in given
        if value and (problem := _problem(value, check))
    ]


def _problem(value: str, check: Any) -> str:
    try:
        check(value)
    except PlaceholderSecret as placeholder:
        return placeholder.message
    return ""
