from shared_apps.partners.actions.identity import agree_to_self_billing, say_payout, say_tax
from shared_apps.partners.actions.joining import (
    HandedOver,
    add_partner_user,
    invite_partner,
    issue_hand_off,
    redeem_hand_off,
)
from shared_apps.partners.actions.rolling_up import record_balance, record_statement
from shared_apps.partners.actions.terms import agree_to_netting, set_terms, withdraw_netting
from shared_apps.partners.rules import PayoutFacts, TaxFacts

__all__ = [
    "HandedOver",
    "PayoutFacts",
    "TaxFacts",
    "add_partner_user",
    "agree_to_netting",
    "agree_to_self_billing",
    "invite_partner",
    "issue_hand_off",
    "record_balance",
    "record_statement",
    "redeem_hand_off",
    "say_payout",
    "say_tax",
    "set_terms",
    "withdraw_netting",
]
