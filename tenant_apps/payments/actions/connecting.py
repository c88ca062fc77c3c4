from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from tenant_apps.payments.models import ProviderAccount
from tenant_apps.payments.providers.stripe.secrets import check_api_key, check_webhook_secret, seal


@transaction.atomic
def connect_account(
    *, provider: str, account_id: str, secret_key: str, webhook_secret: str, webhook_endpoint_id: str, actor: Actor,
    at: datetime,
) -> ProviderAccount:  # fmt: skip
    """Connect the brand's own account, or rotate the keys of the one it has.

    The signing secret before a rotation is taken for one more day, as the provider signs with both.
    Raises PlaceholderSecret naming the field, InvalidInput for an unknown provider.
    """
    if provider != "stripe":
        raise InvalidInput(field="provider", message=sentence("must be one of: %(known)s", known="stripe"))
    sealed = seal(check_api_key(secret_key)), seal(check_webhook_secret(webhook_secret))
    known = ProviderAccount.objects.select_for_update().filter(provider=provider, account_id=account_id).first()
    ProviderAccount.objects.filter(provider=provider, active=True).exclude(account_id=account_id).update(active=False)
    account = known or ProviderAccount(provider=provider, account_id=account_id, created_at=at)
    if known:
        account.previous_webhook_secret, account.rotated_at = known.webhook_secret, utc_now()
    account.secret_key, account.webhook_secret = sealed
    account.webhook_endpoint_id, account.active = webhook_endpoint_id, True
    account.save()
    verb = "payment_account.rotated" if known else "payment_account.connected"
    record(actor=actor, verb=verb, subject=account, at=at, after={"account_id": account_id, "provider": provider})
    return account
