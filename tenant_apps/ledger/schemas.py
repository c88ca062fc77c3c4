from datetime import date, datetime

from ninja import Field, Schema


class SealOut(Schema):
    """A seal of the books: `root` is what a proof of inclusion leads to, `hash` what the next seal continues."""

    number: int
    day: date
    first_entry_id: int
    last_entry_id: int
    entries_count: int
    root: str
    previous_hash: str
    hash: str
    sealed_at: datetime


class RecordSealOut(Schema):
    """A seal of the record: of every row that is for ever, statements and the audit log among them."""

    number: int
    day: date
    root: str
    previous_hash: str
    hash: str
    sealed_at: datetime


class TrialRowOut(Schema):
    """An account and what it was debited and credited, in minor units; the balance has its natural sign."""

    account: str = Field(alias="account_ref")
    code: str
    kind: str
    currency: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


class TrialTotalOut(Schema):
    """The sums of all accounts of a currency: debits and credits are equal."""

    currency: str
    debit_minor: int
    credit_minor: int


class TrialBalanceOut(Schema):
    """Every account that was touched up to the end of a day at the brand, or up to now."""

    on: date | None
    accounts: list[TrialRowOut]
    totals: list[TrialTotalOut]
