from tenant_apps.settlements.models.payouts import Payout
from tenant_apps.settlements.models.periods import CadenceChange, Period
from tenant_apps.settlements.models.settling import Settlement, SettlementLine
from tenant_apps.settlements.models.statements import Statement, StatementCounter

__all__ = ["CadenceChange", "Payout", "Period", "Settlement", "SettlementLine", "Statement", "StatementCounter"]
