from tenant_apps.settlements.models.adjusting import Adjustment
from tenant_apps.settlements.models.batches import BatchFile, BatchItem, PayingAccount, PayoutBatch
from tenant_apps.settlements.models.payouts import Payout
from tenant_apps.settlements.models.periods import CadenceChange, Period
from tenant_apps.settlements.models.settling import Settlement, SettlementLine
from tenant_apps.settlements.models.statements import Correction, CreditNote, Statement, StatementCounter
from tenant_apps.settlements.models.taxing import VatRate, VatRateEnd

__all__ = [
    "Adjustment",
    "BatchFile",
    "BatchItem",
    "CadenceChange",
    "Correction",
    "CreditNote",
    "PayingAccount",
    "Payout",
    "PayoutBatch",
    "Period",
    "Settlement",
    "SettlementLine",
    "Statement",
    "StatementCounter",
    "VatRate",
    "VatRateEnd",
]
