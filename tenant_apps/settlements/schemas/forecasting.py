from datetime import datetime

from ninja import Schema


class ExpectedOut(Schema):
    """What lines that are not payable yet come to in a period; on hold they have no date and an empty label."""

    currency: str
    state: str
    label: str
    starts_at: datetime | None
    closes_at: datetime | None
    amount_minor: int
    lines: int
