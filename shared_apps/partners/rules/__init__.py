from shared_apps.partners.rules.hand_off import HAND_OFF_LASTS, fingerprint, local_path
from shared_apps.partners.rules.identity import (
    FREEZE,
    RECENT,
    PayoutFacts,
    TaxFacts,
    checked_payout,
    checked_tax,
    frozen_until,
    gaps,
)
from shared_apps.partners.rules.netting import Consent, may_net, netting_text
from shared_apps.partners.rules.self_billing import self_billing_text, text_hash

__all__ = [
    "FREEZE",
    "HAND_OFF_LASTS",
    "RECENT",
    "Consent",
    "PayoutFacts",
    "TaxFacts",
    "checked_payout",
    "checked_tax",
    "fingerprint",
    "frozen_until",
    "gaps",
    "local_path",
    "may_net",
    "netting_text",
    "self_billing_text",
    "text_hash",
]
