"""What we ask Stripe. Every POST carries the key that was stored before it."""

from datetime import datetime, timedelta
from typing import Any, cast

from tenant_apps.payments.models import Charge, PartnerTransfer, PaymentIntent, Refund
from tenant_apps.payments.providers.stripe.amounts import to_stripe
from tenant_apps.payments.providers.stripe.client import asking, client_of
from tenant_apps.payments.providers.stripe.contents import CapturedCharge, Fact, RefundFact, TransferFact, fact_of

KEY_LIFE = timedelta(hours=23)  # Stripe keeps a key for at least 24 hours.
OVER = timedelta(hours=24)  # Whoever asked while the key lived has been heard by then.


def session_request(
    *, intent_ref: str, order_ref: str, currency: str, customer_email: str, description: str,
    line_items: list[dict[str, Any]], success_url: str, cancel_url: str, seller: str,
) -> dict[str, Any]:  # fmt: skip
    """Return the parameters of a checkout session; `line_items` are {name, quantity, unit_minor}."""
    names = {"intent_ref": intent_ref, "order_ref": order_ref}
    return {
        "mode": "payment",
        "client_reference_id": intent_ref,
        "customer_email": customer_email,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "metadata": names,
        "branding_settings": {"display_name": seller},
        "payment_intent_data": {"description": description[:500], "metadata": names},
        "line_items": [
            {
                "quantity": item["quantity"],
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": to_stripe(item["unit_minor"], currency),
                    "product_data": {"name": item["name"][:250]},
                },
            }
            for item in line_items
        ],
    }


def open_session(intent: PaymentIntent) -> Fact:
    """Ask for the checkout session of an intent, with its key: asked again, the same session comes back."""
    with asking():
        session = client_of(intent.account).v1.checkout.sessions.create(
            cast("Any", intent.request), {"idempotency_key": intent.idempotency_key}
        )
    return fact_of(session.to_dict())


def session_of(intent: PaymentIntent) -> Fact | None:
    """Return the session that names this intent, or None when Stripe has none."""
    with asking():
        sessions = client_of(intent.account).v1.checkout.sessions
        if intent.session_id:
            return fact_of(sessions.retrieve(intent.session_id).to_dict())
        since = int((intent.asked_at - timedelta(minutes=10)).timestamp())
        pages = sessions.list({"created": {"gte": since}, "limit": 100})
        for session in pages.auto_paging_iter():
            if session.client_reference_id == intent.public_id:
                return fact_of(session.to_dict())
    return None


def key_lives(wish: PaymentIntent | Refund | PartnerTransfer, now: datetime) -> bool:
    """Return whether the same key still brings the same answer; older, it could act a second time."""
    return now - wish.asked_at < KEY_LIFE


def is_over(wish: Refund | PartnerTransfer, now: datetime) -> bool:
    """Return whether nobody can be asking any more: only then does not being found mean that it was never done."""
    return now - wish.asked_at >= OVER


def captured_charge(intent: PaymentIntent, provider_intent_id: str) -> CapturedCharge | None:
    """Return the captured charge of a payment, or None when there is none yet."""
    with asking():
        payment = client_of(intent.account).v1.payment_intents.retrieve(
            provider_intent_id, {"expand": ["latest_charge"]}
        )
    charge = payment.to_dict().get("latest_charge")
    fact = fact_of(charge) if isinstance(charge, dict) else None
    return fact if isinstance(fact, CapturedCharge) else None


def ask_refund(refund: Refund) -> RefundFact:
    """Ask for a refund with its key and our name in its metadata."""
    with asking():
        answer = client_of(refund.charge.intent.account).v1.refunds.create(
            {
                "charge": refund.charge.provider_charge_id,
                "amount": to_stripe(refund.amount_minor, refund.currency),
                "metadata": {"refund_ref": refund.public_id},
            },
            {"idempotency_key": refund.public_id},
        )
    return cast("RefundFact", fact_of(answer.to_dict()))


def refunds_of(charge: Charge) -> list[RefundFact]:
    """Return every refund of a charge, those begun at Stripe included."""
    with asking():
        pages = client_of(charge.intent.account).v1.refunds.list({"charge": charge.provider_charge_id, "limit": 100})
        return [cast("RefundFact", fact_of(refund.to_dict())) for refund in pages.auto_paging_iter()]


def ask_transfer(transfer: PartnerTransfer) -> TransferFact:
    """Ask for a transfer with its key, our name as its group and in its metadata."""
    with asking():
        answer = client_of(transfer.account).v1.transfers.create(
            {
                "amount": to_stripe(transfer.amount_minor, transfer.currency),
                "currency": transfer.currency.lower(),
                "destination": transfer.destination,
                "transfer_group": transfer.public_id,
                "metadata": {"transfer_ref": transfer.public_id, "payout_ref": transfer.payout_ref},
            },
            {"idempotency_key": transfer.public_id},
        )
    return cast("TransferFact", fact_of(answer.to_dict()))


def transfer_of(transfer: PartnerTransfer) -> TransferFact | None:
    """Return the transfer that was made for this wish, or None when Stripe has none."""
    with asking():
        found = client_of(transfer.account).v1.transfers.list({"transfer_group": transfer.public_id, "limit": 100})
    facts = [cast("TransferFact", fact_of(each.to_dict())) for each in found.data]
    return next((fact for fact in facts if fact.transfer_ref == transfer.public_id), None)


def whole_transfer(transfer: PartnerTransfer) -> TransferFact:
    """Return a transfer with all its reversals: what Stripe says of it at once are the latest ten."""
    transfers = client_of(transfer.account).v1.transfers
    with asking():
        told = transfers.retrieve(cast("str", transfer.provider_transfer_id)).to_dict()
        pages = transfers.reversals.list(told["id"], {"limit": 100})
        reversals = [each.to_dict() for each in pages.auto_paging_iter()]
    whole = {"data": reversals, "has_more": False}
    return cast(
        "TransferFact",
        fact_of(told | {"reversals": whole, "amount_reversed": sum(each["amount"] for each in reversals)}),
    )
