"""Commissions, computed purely: a contract and a sale in, lines that explain themselves out."""

from tenant_apps.commissions.rules.beside_input import DEEPEST_LEVEL
from tenant_apps.commissions.rules.clawback import FULL, ClawbackTerms, parse_clawback
from tenant_apps.commissions.rules.commission import (
    Commission,
    CommissionLine,
    ZeroReason,
    commission_for,
)
from tenant_apps.commissions.rules.counters import (
    Counted,
    Window,
    looking_back,
    name_in_all,
    name_of_cap,
    progress_seen,
    totals_of,
    window_of,
)
from tenant_apps.commissions.rules.exchange import OLDEST_RATE_DAYS, Exchange
from tenant_apps.commissions.rules.levels import Trued, level_for, level_of_true_up
from tenant_apps.commissions.rules.limits import Room, cut_by
from tenant_apps.commissions.rules.period import PeriodLine, bonus_due, line_of_period, period_entry, trued_up
from tenant_apps.commissions.rules.period import Totals as PeriodTotals
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
    part_back,
    reversals_for,
)
from tenant_apps.commissions.rules.sale import Line, Own, Progress, Sale
from tenant_apps.commissions.rules.simulating import UNSAVED, Original, Seller, Version, Whole, World, steps_of_return
from tenant_apps.commissions.rules.standing import Span, Standing
from tenant_apps.commissions.rules.steps import STEPS, WHYS, WORDED, WORDS, Step, in_english, sentences_of
from tenant_apps.commissions.rules.terms import (
    Bonus,
    Cap,
    CapScope,
    Contract,
    Counter,
    CountTiers,
    Level,
    LevelOf,
    RevenueTiers,
    Rule,
)
from tenant_apps.commissions.rules.terms_input import parse_contract

__all__ = [
    "DEEPEST_LEVEL",
    "FULL",
    "OLDEST_RATE_DAYS",
    "STEPS",
    "UNSAVED",
    "WHYS",
    "WORDED",
    "WORDS",
    "Bonus",
    "Cap",
    "CapScope",
    "ClawbackTerms",
    "Commission",
    "CommissionLine",
    "Contract",
    "CountTiers",
    "Counted",
    "Counter",
    "Difference",
    "Exchange",
    "Level",
    "LevelOf",
    "Line",
    "Original",
    "Own",
    "PeriodLine",
    "PeriodTotals",
    "Progress",
    "Refund",
    "Return",
    "RevenueTiers",
    "Reversal",
    "ReversalStatus",
    "Room",
    "Rule",
    "Sale",
    "Seller",
    "Span",
    "Standing",
    "Step",
    "Trued",
    "Version",
    "Whole",
    "Window",
    "World",
    "ZeroReason",
    "bonus_due",
    "commission_as_dict",
    "commission_for",
    "cut_by",
    "difference_for",
    "due_minor",
    "in_english",
    "level_for",
    "level_of_true_up",
    "line_of_period",
    "looking_back",
    "name_in_all",
    "name_of_cap",
    "parse_clawback",
    "parse_contract",
    "parse_sale",
    "part_back",
    "period_entry",
    "preview_commission",
    "preview_reversal",
    "progress_seen",
    "reversals_for",
    "sentences_of",
    "steps_of_return",
    "totals_of",
    "trued_up",
    "window_of",
]
