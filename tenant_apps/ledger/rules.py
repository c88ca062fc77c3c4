"""What a posting is, and the hash that tells whether two of one cause are the same."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.clock import aware
from kernel.currencies import is_currency
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import InvalidPosting

GREATEST_AMOUNT = 2**63 - 1
LONGEST_CAUSE = 160


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer to be: an amount in minor units out of `credit` into `debit`."""

    debit: AccountRef
    credit: AccountRef
    amount_minor: int
    currency: str


def check_postings(cause: str, transfers: Sequence[Posting]) -> None:
    """Raise InvalidPosting unless every transfer moves something between two accounts."""
    if not cause.strip() or len(cause) > LONGEST_CAUSE:
        raise InvalidPosting(f"An entry needs a cause of 1 to {LONGEST_CAUSE} characters.", cause=cause)
    if not transfers:
        raise InvalidPosting(f"{cause}: an entry needs at least one transfer.", cause=cause)
    for position, posting in enumerate(transfers):
        amount = posting.amount_minor
        if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= GREATEST_AMOUNT:
            raise InvalidPosting(f"{cause}: transfer {position} moves {amount!r}, not a positive amount.", cause=cause)
        if posting.debit.code == posting.credit.code:
            raise InvalidPosting(f"{cause}: transfer {position} has {posting.debit.code} on both sides.", cause=cause)
        if not is_currency(posting.currency):
            raise InvalidPosting(f"{cause}: {posting.currency!r} is no currency.", cause=cause)


def request_hash(
    *, cause: str, description: str, transfers: Sequence[Posting], effective_at: datetime, reverses: str | None
) -> str:
    """Return the sha256 over the canonical content of an entry; `reverses` is the cause of the original.

    The time of booking is left out: the same request a minute later is the same request.
    """
    content = [
        cause, description, aware(effective_at).isoformat(timespec="microseconds"), reverses,
        [[_named(t.debit), _named(t.credit), t.amount_minor, t.currency] for t in transfers],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()


def _named(account: AccountRef) -> list[str]:
    return [account.code, str(account.kind)]
