"""Commissions, computed purely: a contract and a sale in, lines that explain themselves out."""

from tenant_apps.commissions.rules.clawback import FULL, ClawbackTerms, parse_clawback
from tenant_apps.commissions.rules.commission import (
    Commission,
    CommissionLine,
    ZeroReason,
    commission_for,
)
from tenant_apps.commissions.rules.pay import Step
from tenant_apps.commissions.rules.preview_input import (
    commission_as_dict,
    parse_sale,
    preview_commission,
    preview_reversal,
)
from tenant_apps.commissions.rules.reversal import (
    Difference,
    Refund,
    Return,
    Reversal,
    ReversalStatus,
    difference_for,
    due_minor,
    reversals_for,
)
from tenant_apps.commissions.rules.sale import Line, Progress, Sale
from tenant_apps.commissions.rules.terms import Contract, CountTiers, RevenueTiers, Rule
from tenant_apps.commissions.rules.terms_input import parse_contract

__all__ = [
    "FULL",
    "ClawbackTerms",
    "Commission",
    "CommissionLine",
    "Contract",
    "CountTiers",
    "Difference",
    "Line",
    "Progress",
    "Refund",
    "Return",
    "RevenueTiers",
    "Reversal",
    "ReversalStatus",
    "Rule",
    "Sale",
    "Step",
    "ZeroReason",
    "commission_as_dict",
    "commission_for",
    "difference_for",
    "due_minor",
    "parse_clawback",
    "parse_contract",
    "parse_sale",
    "preview_commission",
    "preview_reversal",
    "reversals_for",
]
