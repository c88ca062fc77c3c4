"""Commissions, computed purely: a contract and a sale in, lines that explain themselves out."""

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
from tenant_apps.commissions.rules.reversal import Refund, Reversal, ReversalStatus, reversals_for
from tenant_apps.commissions.rules.sale import Line, Progress, Sale
from tenant_apps.commissions.rules.terms import Contract, CountTiers, RevenueTiers, Rule
from tenant_apps.commissions.rules.terms_input import parse_contract

__all__ = [
    "Commission",
    "CommissionLine",
    "Contract",
    "CountTiers",
    "Line",
    "Progress",
    "Refund",
    "RevenueTiers",
    "Reversal",
    "ReversalStatus",
    "Rule",
    "Sale",
    "Step",
    "ZeroReason",
    "commission_as_dict",
    "commission_for",
    "parse_contract",
    "parse_sale",
    "preview_commission",
    "preview_reversal",
    "reversals_for",
]
