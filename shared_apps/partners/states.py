from enum import StrEnum


class VatStatus(StrEnum):
    """How a partner stands to VAT; nothing is guessed: whoever has not said is unknown."""

    REGISTERED = "registered"
    SMALL_BUSINESS = "small_business"
    PRIVATE = "private"
    UNKNOWN = "unknown"


class PayoutMethod(StrEnum):
    """By which way a partner is paid: a bank transfer, a connected account, or by hand."""

    BANK = "bank"
    STRIPE = "stripe"
    MANUAL = "manual"


class AccountKind(StrEnum):
    """An IBAN says its country and checks itself; a plain number needs the bank's BIC."""

    IBAN = "iban"
    NUMBER = "number"
