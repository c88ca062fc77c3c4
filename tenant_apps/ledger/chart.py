"""The chart of accounts: every account the books know, by name and kind. Made on first use, per currency."""

from dataclasses import dataclass

from tenant_apps.ledger.states import AccountKind


@dataclass(frozen=True, slots=True)
class AccountRef:
    """Names an account without looking it up; its currency comes from the posting."""

    code: str
    kind: AccountKind


def processor() -> AccountRef:
    """What the payment provider holds for the brand."""
    return AccountRef("processor", AccountKind.ASSET)


def bank() -> AccountRef:
    """The brand's own bank account."""
    return AccountRef("bank", AccountKind.ASSET)


def dispute_receivable() -> AccountRef:
    """What customers' banks took back while they look into a dispute: it comes back, or is lost."""
    return AccountRef("dispute_receivable", AccountKind.ASSET)


def dispute_fees() -> AccountRef:
    """What the payment provider takes for disputes."""
    return AccountRef("dispute_fees", AccountKind.EXPENSE)


def sales() -> AccountRef:
    """What was sold, without tax."""
    return AccountRef("sales", AccountKind.REVENUE)


def tax() -> AccountRef:
    """Tax that was collected and belongs to the state."""
    return AccountRef("tax", AccountKind.LIABILITY)


def commission_expense() -> AccountRef:
    """What partners cost the brand."""
    return AccountRef("commission_expense", AccountKind.EXPENSE)


def partner_pending(partner_ref: str) -> AccountRef:
    """What a partner earned that may still be taken back: the hold is running."""
    return AccountRef(f"partner_pending:{partner_ref}", AccountKind.LIABILITY)


def partner_payable(partner_ref: str) -> AccountRef:
    """What a partner is owed; below zero after a clawback of money that was paid."""
    return AccountRef(f"partner_payable:{partner_ref}", AccountKind.LIABILITY)


def payout_in_transit(partner_ref: str) -> AccountRef:
    """What was sent to a partner and has not arrived yet."""
    return AccountRef(f"payout_in_transit:{partner_ref}", AccountKind.LIABILITY)


def partner_reserve(partner_ref: str) -> AccountRef:
    """What a partner is owed later: kept back for a time against refunds."""
    return AccountRef(f"partner_reserve:{partner_ref}", AccountKind.LIABILITY)


def input_tax() -> AccountRef:
    """VAT that partners add to their commission; the state gives it back."""
    return AccountRef("input_tax", AccountKind.ASSET)


def set_off(brand_ref: str) -> AccountRef:
    """What another brand of the same legal entity kept of its payouts for debts to this one; below zero the reverse."""
    return AccountRef(f"set_off:{brand_ref}", AccountKind.ASSET)


def withholding_tax() -> AccountRef:
    """Tax that was kept back from partners and belongs to the state."""
    return AccountRef("withholding_tax", AccountKind.LIABILITY)
