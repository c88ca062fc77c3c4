"""What the API says and reads of settlements."""

from tenant_apps.settlements.schemas.settling import (
    ApprovedOut,
    BatchIn,
    BatchOut,
    CadenceIn,
    CadenceOut,
    CandidateOut,
    ConfirmIn,
    FailIn,
    ItemOut,
    LineOut,
    OpenPeriodOut,
    PayoutOut,
    PayoutProfileOut,
    PeriodOut,
    SettlementOut,
    StatementDetailOut,
    StatementOut,
    WithdrawIn,
)
from tenant_apps.settlements.schemas.taxing import (
    VatRateIn,
    VatRateOut,
)

__all__ = [
    "ApprovedOut",
    "BatchIn",
    "BatchOut",
    "CadenceIn",
    "CadenceOut",
    "CandidateOut",
    "ConfirmIn",
    "FailIn",
    "ItemOut",
    "LineOut",
    "OpenPeriodOut",
    "PayoutOut",
    "PayoutProfileOut",
    "PeriodOut",
    "SettlementOut",
    "StatementDetailOut",
    "StatementOut",
    "VatRateIn",
    "VatRateOut",
    "WithdrawIn",
]
