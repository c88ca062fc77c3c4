from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import stripe
from django.conf import settings

from kernel.sentences import Sentence, sentence
from tenant_apps.payments.errors import LiveKeyAtSandbox, NoAnswer, ProviderRefused
from tenant_apps.payments.models import ProviderAccount
from tenant_apps.payments.providers.stripe.secrets import is_live, unseal

# The SDK would keep an id of this machine in the user's home and send it, with its platform, to Stripe.
stripe.enable_telemetry = False

CONNECT_SECONDS, READ_SECONDS = 2, 10


def client_of(account: ProviderAccount) -> stripe.StripeClient:
    """Return Stripe's own client for the brand's account, or one that speaks to the local sandbox.

    It never retries by itself: its own key would live for one call only; ours is stored before the call.
    Raises LiveKeyAtSandbox: a live key is never sent to another address than Stripe's.
    """
    key, base = unseal(account.secret_key), settings.STRIPE_API_BASE
    if base and is_live(key):
        raise LiveKeyAtSandbox(sentence("A live key is not sent to %(address)s.", address=base))
    return stripe.StripeClient(
        key, max_network_retries=0, http_client=_http(), base_addresses={"api": base} if base else None
    )


@contextmanager
def asking() -> Iterator[None]:
    """Turn the SDK's failures into ours: NoAnswer when it may have happened, ProviderRefused when it did not.

    A time-out, a broken connection, a 5xx, a 429 and a twin under way with the same key all leave the
    outcome open; only an answer that says no is a no.
    """
    try:
        yield
    except stripe.RateLimitError as busy:
        raise NoAnswer(_unclear(busy)) from busy
    except stripe.StripeError as failure:
        status = failure.http_status
        if status is None or status >= 500 or status == 409:
            raise NoAnswer(_unclear(failure)) from failure
        told = sentence("The payment provider refused. It said: %(failure)s", failure=_said(failure))
        raise ProviderRefused(told, status=status, code=failure.code or "") from failure


def _unclear(failure: stripe.StripeError) -> Sentence:
    return sentence("The payment provider gave no clear answer. It said: %(failure)s", failure=_said(failure))


def _said(failure: stripe.StripeError) -> str:
    return f"{type(failure).__name__}: {failure.user_message or failure}"[:400]


@cache
def _http() -> stripe.RequestsClient:
    return stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS))
