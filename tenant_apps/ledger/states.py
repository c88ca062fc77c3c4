from enum import StrEnum


class AccountKind(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    REVENUE = "revenue"
    EXPENSE = "expense"

    @property
    def grows_by_debit(self) -> bool:
        return self in (AccountKind.ASSET, AccountKind.EXPENSE)
