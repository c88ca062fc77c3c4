"""The test cards, the only cards that work here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A card by what happens when it is charged; `code` is empty when it pays."""

    number: str
    brand: str
    token: str
    does: str
    code: str = ""
    decline_code: str = ""
    message: str = ""
    at_once: bool = False  # its money may leave the account at once, not in two days

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        """The number as it is printed on a card."""
        if len(self.number) == 15:
            return f"{self.number[:4]} {self.number[4:10]} {self.number[10:]}"
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


VISA = Card("4242424242424242", "visa", "pm_card_visa", "pays")
DECLINED = Card(
    "4000000000000002",
    "visa",
    "pm_card_chargeDeclined",
    "declined",
    "card_declined",
    "generic_decline",
    "Your card was declined.",
)
CARDS = (
    VISA,
    Card("5555555555554444", "mastercard", "pm_card_mastercard", "pays"),
    Card("378282246310005", "amex", "pm_card_amex", "pays"),
    Card("4000000000000077", "visa", "pm_card_bypassPending", "pays", at_once=True),
    DECLINED,
    Card(
        "4000000000009995",
        "visa",
        "pm_card_chargeDeclinedInsufficientFunds",
        "insufficient_funds",
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    Card(
        "4000000000000069",
        "visa",
        "pm_card_chargeDeclinedExpiredCard",
        "expired_card",
        "expired_card",
        "expired_card",
        "Your card has expired.",
    ),
    Card(
        "4000000000000127",
        "visa",
        "pm_card_chargeDeclinedIncorrectCvc",
        "incorrect_cvc",
        "incorrect_cvc",
        "incorrect_cvc",
        "Your card's security code is incorrect.",
    ),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {card.token: card for card in CARDS}


def digits(text: str) -> str:
    """Return a typed card number without its spaces and dashes."""
    return "".join(c for c in text if not c.isspace() and c != "-")
