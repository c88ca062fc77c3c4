"""What an object of Stripe says, in our words. Read by what it is, never by the event that carried it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kernel.sentences import sentence
from tenant_apps.payments.providers.stripe.amounts import from_stripe


@dataclass(frozen=True, kw_only=True)
class CapturedCharge:
    """Money was captured. `refunded_minor` is all that went back of it, as far as this object knows."""

    intent_ref: str
    provider_intent_id: str
    charge_id: str
    amount_minor: int
    currency: str
    refunded_minor: int = 0
    card_fingerprint: str = ""


@dataclass(frozen=True, kw_only=True)
class PaidSession:
    """A checkout session was paid; its charge is named by another object."""

    intent_ref: str
    session_id: str
    provider_intent_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A checkout session waits for the customer at `url`."""

    intent_ref: str
    session_id: str
    url: str
    provider_intent_id: str = ""


@dataclass(frozen=True, kw_only=True)
class ExpiredSession:
    """A checkout session can no longer be paid."""

    intent_ref: str
    session_id: str


@dataclass(frozen=True, kw_only=True)
class RefundFact:
    """A refund as the provider has it, `refunded_at` by the world's clock. `refund_ref` is ours, else empty."""

    refund_ref: str
    refund_id: str
    charge_id: str
    provider_intent_id: str
    amount_minor: int
    currency: str
    refunded_at: datetime
    succeeded: bool
    failed: bool
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class DisputeFact:
    """A dispute as the provider has it; `state` in our words. Funds and fee are sums over its balance transactions.

    Instants are the world's; `withdrawn_at` and `reinstated_at` are those of the latest movement. When the bank
    decided is not in it: the event that tells of it says when.
    """

    dispute_id: str
    charge_id: str
    amount_minor: int
    currency: str
    reason: str
    state: str
    opened_at: datetime
    evidence_due_at: datetime | None
    withdrawn_minor: int
    reinstated_minor: int
    fee_minor: int
    withdrawn_at: datetime | None
    reinstated_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ReversalFact:
    """A part of a transfer that came back."""

    reversal_id: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class TransferFact:
    """A transfer to a connected account as the provider has it; `transfer_ref` is ours, else empty.

    `reversals` are in the order they were made; of many only the latest, and then they are less than `reversed_minor`.
    """

    transfer_ref: str
    transfer_id: str
    destination: str
    amount_minor: int
    currency: str
    reversed_minor: int
    reversals: tuple[ReversalFact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NothingToDo:
    """An object that moves no money of ours yet."""

    why: str


type Fact = (
    CapturedCharge | PaidSession | OpenSession | ExpiredSession | RefundFact | DisputeFact | TransferFact | NothingToDo
)


def fact_of(obj: dict[str, Any]) -> Fact:
    """Return what the object says. Raises KeyError or TypeError for one that is not as documented."""
    reader = _READERS.get(obj.get("object", ""))
    return (
        reader(obj)
        if reader
        else NothingToDo(why=sentence("An event about “%(kind)s” changes nothing here.", kind=obj.get("object")))
    )


def instant(seconds: int) -> datetime:
    """Return an instant that Stripe says in seconds since 1970. Raises TypeError for what is no number of them."""
    return datetime.fromtimestamp(seconds, UTC)


def _charge(obj: dict[str, Any]) -> Fact:
    if not (obj["paid"] and obj["captured"] and obj["status"] == "succeeded"):
        return NothingToDo(why=sentence("The payment is not captured (%(status)s).", status=obj["status"]))
    currency = obj["currency"].upper()
    return CapturedCharge(
        intent_ref=_ref(obj, "intent_ref"), provider_intent_id=_id(obj.get("payment_intent")), charge_id=obj["id"],
        amount_minor=from_stripe(obj["amount_captured"], currency), currency=currency,
        refunded_minor=from_stripe(obj["amount_refunded"], currency), card_fingerprint=_fingerprint(obj),
    )  # fmt: skip


def _payment_intent(obj: dict[str, Any]) -> Fact:
    if obj["status"] != "succeeded":
        return NothingToDo(why=sentence("The payment has not succeeded yet (%(status)s).", status=obj["status"]))
    currency = obj["currency"].upper()
    return CapturedCharge(
        intent_ref=_ref(obj, "intent_ref"), provider_intent_id=obj["id"], charge_id=_id(obj["latest_charge"]),
        amount_minor=from_stripe(obj["amount_received"], currency), currency=currency,
    )  # fmt: skip


def _session(obj: dict[str, Any]) -> Fact:
    intent_ref = obj.get("client_reference_id") or ""
    if obj["status"] == "expired":
        return ExpiredSession(intent_ref=intent_ref, session_id=obj["id"])
    if obj["status"] == "open":
        return OpenSession(
            intent_ref=intent_ref, session_id=obj["id"], url=obj["url"] or "",
            provider_intent_id=_id(obj.get("payment_intent")),
        )  # fmt: skip
    if obj["payment_status"] != "paid":
        return NothingToDo(
            why=sentence(
                "The checkout is not paid (%(status)s, %(paid)s).", status=obj["status"], paid=obj["payment_status"]
            )
        )
    currency = obj["currency"].upper()
    return PaidSession(
        intent_ref=intent_ref, session_id=obj["id"], provider_intent_id=_id(obj["payment_intent"]),
        amount_minor=from_stripe(obj["amount_total"], currency), currency=currency,
    )  # fmt: skip


def _refund(obj: dict[str, Any]) -> Fact:
    currency = obj["currency"].upper()
    return RefundFact(
        refund_ref=_ref(obj, "refund_ref"), refund_id=obj["id"], charge_id=_id(obj.get("charge")),
        provider_intent_id=_id(obj.get("payment_intent")), amount_minor=from_stripe(obj["amount"], currency),
        currency=currency, refunded_at=instant(obj["created"]), succeeded=obj["status"] == "succeeded",
        failed=obj["status"] in ("failed", "canceled"), error=str(obj.get("failure_reason") or ""),
    )  # fmt: skip


def _dispute(obj: dict[str, Any]) -> Fact:
    if obj["status"] not in ("needs_response", "under_review", "won", "lost"):
        return NothingToDo(why=sentence("The bank only asks and holds no money (%(status)s).", status=obj["status"]))
    currency, moves = obj["currency"].upper(), list(obj["balance_transactions"])
    if any(move["currency"].upper() != currency for move in moves):
        raise ValueError("the dispute's funds moved in another currency than its own")
    due = (obj.get("evidence_details") or {}).get("due_by")
    return DisputeFact(
        dispute_id=obj["id"], charge_id=_id(obj["charge"]), amount_minor=from_stripe(obj["amount"], currency),
        currency=currency, reason=str(obj.get("reason") or "")[:60], state=obj["status"],
        opened_at=instant(obj["created"]), evidence_due_at=instant(due) if due else None,
        withdrawn_minor=sum(from_stripe(-move["amount"], currency) for move in moves if move["amount"] < 0),
        reinstated_minor=sum(from_stripe(move["amount"], currency) for move in moves if move["amount"] > 0),
        fee_minor=sum(_signed(move["fee"], currency) for move in moves),
        withdrawn_at=max((instant(move["created"]) for move in moves if move["amount"] < 0), default=None),
        reinstated_at=max((instant(move["created"]) for move in moves if move["amount"] > 0), default=None),
    )  # fmt: skip


def _transfer(obj: dict[str, Any]) -> Fact:
    currency, listed = obj["currency"].upper(), obj["reversals"]
    if not listed["has_more"] and sum(each["amount"] for each in listed["data"]) != obj["amount_reversed"]:
        raise ValueError("the transfer's reversals are not what came back of it")
    return TransferFact(
        transfer_ref=_ref(obj, "transfer_ref"), transfer_id=obj["id"], destination=_id(obj["destination"]),
        amount_minor=from_stripe(obj["amount"], currency), currency=currency,
        reversed_minor=from_stripe(obj["amount_reversed"], currency),
        reversals=tuple(
            ReversalFact(reversal_id=each["id"], amount_minor=from_stripe(each["amount"], currency))
            for each in reversed(listed["data"])
        ),
    )  # fmt: skip


def _signed(amount: int, currency: str) -> int:
    """Return an amount that may be below zero: a fee that was given back."""
    return from_stripe(amount, currency) if amount >= 0 else -from_stripe(-amount, currency)


def _ref(obj: dict[str, Any], name: str) -> str:
    return str((obj.get("metadata") or {}).get(name) or "")[:40]


def _fingerprint(obj: dict[str, Any]) -> str:
    """Return what tells one card from another, or '' where the provider does not say."""
    card = (obj.get("payment_method_details") or {}).get("card") or {}
    return str(card.get("fingerprint") or "")[:120]


def _id(value: Any) -> str:
    """Return the id of a field that may hold the object itself."""
    return str(value["id"] if isinstance(value, dict) else value or "")


_READERS = {
    "charge": _charge,
    "payment_intent": _payment_intent,
    "checkout.session": _session,
    "refund": _refund,
    "dispute": _dispute,
    "transfer": _transfer,
}
