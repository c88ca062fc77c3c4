"""What a posting is, and the hash that tells whether two of one cause are the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.clock import aware
from kernel.currencies import is_currency
from kernel.sentences import sentence
from kernel.splits import split
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import InvalidPosting

GREATEST_AMOUNT = 2**63 - 1
LONGEST_CAUSE = 160
_CANONICAL = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer to be: an amount in minor units out of `credit` into `debit`."""

    debit: AccountRef
    credit: AccountRef
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One entry to be among many: what `post` is asked for one cause whose fact may come late."""

    cause: str
    description: str
    transfers: tuple[Posting, ...]
    belongs_to: datetime


def check_postings(cause: str, transfers: Sequence[Posting]) -> None:
    """Raise InvalidPosting unless every transfer moves something between two accounts."""
    if not cause.strip() or len(cause) > LONGEST_CAUSE:
        told = sentence("An entry needs a cause of 1 to %(most)s characters.", most=LONGEST_CAUSE)
        raise InvalidPosting(told, cause=cause)
    if not transfers:
        raise InvalidPosting(sentence("%(cause)s: an entry needs at least one transfer.", cause=cause), cause=cause)
    for position, posting in enumerate(transfers):
        amount = posting.amount_minor
        if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= GREATEST_AMOUNT:
            told = sentence(
                "%(cause)s: transfer %(position)s moves %(amount)s, not a positive amount.",
                cause=cause,
                position=position,
                amount=repr(amount),
            )
            raise InvalidPosting(told, cause=cause)
        if posting.debit.code == posting.credit.code:
            told = sentence(
                "%(cause)s: transfer %(position)s has %(code)s on both sides.",
                cause=cause,
                position=position,
                code=posting.debit.code,
            )
            raise InvalidPosting(told, cause=cause)
        if not is_currency(posting.currency):
            told = sentence("%(cause)s: %(currency)s is no currency.", cause=cause, currency=repr(posting.currency))
            raise InvalidPosting(told, cause=cause)


def request_hash(
    *, cause: str, description: str, transfers: Sequence[Posting], happened_at: datetime, reverses: str | None
) -> str:
    """Return the sha256 over the canonical content of an entry; `reverses` is the cause of the original.

    The time of booking is left out, and the date in the books where it is not when it happened: the same
    request a minute later, or after the books were closed, is the same request.
    """
    content = [
        cause, description, aware(happened_at).isoformat(timespec="microseconds"), reverses,
        [[_named(t.debit), _named(t.credit), t.amount_minor, t.currency] for t in transfers],
    ]  # fmt: skip
    return hashlib.sha256(_CANONICAL.encode(content).encode()).hexdigest()


def reversal_parts(amount_minor: int, *, booked: Mapping[int, int], gone: Mapping[int, int]) -> dict[int, int]:
    """Return how an amount that goes back falls on transfers, by position; `gone` went back before.

    By cumulative difference: what has gone back in all is split by what was booked, by largest remainder.
    Where an earlier reversal fell otherwise, the amount goes to those that are behind. No transfer ever
    gives back more than it has left. Raises ValueError when the amount is more than all have left.
    """
    after = sum(gone.values()) + amount_minor
    if after > sum(booked.values()):
        raise ValueError("more goes back than is left")
    positions = sorted(booked)
    targets = split(after, [booked[position] for position in positions])
    behind = [max(0, target - gone[position]) for position, target in zip(positions, targets, strict=True)]
    return dict(zip(positions, split(amount_minor, behind), strict=True))


def happened_at(cause: str, effective_at: datetime | None, belongs_to: datetime | None) -> datetime:
    """Return when a fact happened. Raises InvalidPosting without a date, or when it is booked before it happened."""
    fact = belongs_to or effective_at
    if fact is None:
        raise InvalidPosting(sentence("%(cause)s: an entry needs a date.", cause=cause), cause=cause)
    if effective_at is not None and effective_at < fact:
        told = sentence("%(cause)s: it cannot be booked before the date it belongs to.", cause=cause)
        raise InvalidPosting(told, cause=cause)
    return fact


def _named(account: AccountRef) -> list[str]:
    return [account.code, str(account.kind)]
