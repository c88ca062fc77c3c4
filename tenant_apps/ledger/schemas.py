from datetime import date, datetime

from ninja import Schema


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
