"""An offer, an order and a checkout in the entered brand, paid at the real sandbox process."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from stripe import WebhookSignature

from kernel.actor import Actor, system
from kernel.clock import utc_now
from kernel.ids import public_id
from sandbox.ids import account_of
from tenant_apps.catalog import actions as catalog
from tenant_apps.catalog.models import Offer
from tenant_apps.orders import actions as orders
from tenant_apps.orders.models import Order
from tenant_apps.payments import actions as payments
from tenant_apps.payments.models import PaymentIntent, ProviderAccount
from tenant_apps.payments.providers.stripe.contents import CapturedCharge
from tenant_apps.payments.queries import intent_of_order
from tests.sandbox.running import Sandbox

TESTS = system("tests")
OPERATOR = Actor(kind="operator", id="usr_finn", label="Finn", roles=frozenset({"finance"}))
WEBHOOK_SECRET = "whsec_4f9aK2mQ7rT1vX8z"
SUCCESS, CANCEL = "http://aurora.localhost/done", "http://aurora.localhost/back"


def connect(key: str, account_id: str = "", webhook_secret: str = WEBHOOK_SECRET) -> ProviderAccount:
    return payments.connect_account(
        provider="stripe", account_id=account_id or account_of(key), secret_key=key, webhook_secret=webhook_secret,
        webhook_endpoint_id="", actor=TESTS, at=utc_now(),
    )  # fmt: skip


def publish_offer(
    *, amount_minor: int = 11900, tax: str = "0.19", currency: str = "EUR", slug: str = "season-pass",
    kind: str = "digital", title: str = "Season pass",
) -> Offer:  # fmt: skip
    at = utc_now()
    product = catalog.create_product(code=slug, name=title, kind=kind, actor=TESTS, at=at)
    offer = catalog.create_offer(
        product=product, slug=slug, title=title, summary="", description="", actor=TESTS, at=at
    )
    catalog.set_price(
        offer=offer,
        currency=currency,
        amount_minor=amount_minor,
        cost_minor=4000,
        tax_rate=Decimal(tax),
        actor=TESTS,
        at=at,
    )
    return catalog.publish_offer(offer=offer, actor=TESTS, at=at)


def place(offer: Offer, *, quantity: int = 1, currency: str = "EUR", external_id: str = "", **also: Any) -> Order:
    wish = {
        "email": "ines@example.com",
        "name": "Ines",
        "visitor_ref": "v1",
        "via_code": "",
        "source": "storefront",
    } | also
    return orders.place_order(
        offer=offer, quantity=quantity, currency=currency, external_id=external_id or public_id("non"),
        actor=TESTS, at=utc_now(), **wish,
    )  # fmt: skip


def open_checkout(order: Order, at: datetime | None = None) -> str:
    return orders.open_checkout(order=order, success_url=SUCCESS, cancel_url=CANCEL, actor=TESTS, at=at or utc_now())


def paid_elsewhere(order: Order, at: datetime | None = None) -> Order:
    """Pay an order without asking anybody: the intent and the provider's fact are written as they would be."""
    at, account = at or utc_now(), ProviderAccount.objects.first() or connect("sk_test_elsewhere")
    intent = PaymentIntent.objects.create(
        order_ref=order.public_id, account=account, amount_minor=order.total_minor, tax_minor=order.tax_minor,
        currency=order.currency, idempotency_key=order.public_id, opened_at=at, asked_at=at,
    )  # fmt: skip
    fact = CapturedCharge(
        intent_ref=intent.public_id, provider_intent_id=f"pi_{order.number}", charge_id=f"ch_{order.number}",
        amount_minor=order.total_minor, currency=order.currency,
    )  # fmt: skip
    payments.record_charge(fact=fact, account_id=account.account_id, actor=TESTS, at=at)
    return orders.mark_paid(order_ref=order.public_id, at=at)


def intent_of(order: Order) -> PaymentIntent:
    intent = intent_of_order(order.public_id)
    assert intent is not None
    return intent


def signed(event: dict[str, Any] | bytes, *, secret: str = WEBHOOK_SECRET, age: int = 0) -> tuple[bytes, str]:
    payload = event if isinstance(event, bytes) else json.dumps(event, separators=(",", ":")).encode()
    stamp = int(utc_now().timestamp()) - age
    return payload, WebhookSignature.generate_signature_header(payload.decode(), secret, timestamp=stamp)


def deliver(event: dict[str, Any]) -> bool:
    """Receive an event as the door does; return whether it was new."""
    payload, header = signed(event)
    return payments.receive(provider="stripe", payload=payload, signature=header, at=utc_now()) is not None


@dataclass
class Shop:
    """A brand's account at a running sandbox, and the road from an order to money."""

    sandbox: Sandbox
    key: str
    drain: Callable[[], int]

    def events(self) -> list[dict[str, Any]]:
        """Return the account's events, oldest first, as they would be sent."""
        status, _, text = self.sandbox.http(
            "GET", "/v1/events?limit=100", headers={"Authorization": f"Bearer {self.key}"}
        )
        assert status == 200, text
        return list(reversed(json.loads(text)["data"]))

    def pay(self, order: Order) -> None:
        """Open the checkout, pay at the sandbox, deliver every event and work them off."""
        open_checkout(order)
        self.sandbox.pay(intent_of(order).session_id)
        self.tell()
        order.refresh_from_db()

    def tell(self) -> None:
        for event in self.events():
            deliver(event)
        self.drain()
