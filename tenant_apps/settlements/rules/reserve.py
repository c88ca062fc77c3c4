"""The rolling reserve: what of a period's earnings is kept back, and for how long."""

from dataclasses import dataclass
from decimal import Decimal

from kernel.payload import Payload
from kernel.rates import apply_rate
from kernel.sentences import sentence

MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class ReserveTerms:
    """So much of a period's net is kept for so many days after the period's end."""

    rate: Decimal = Decimal(0)
    days: int = 0


def parse_reserve(payload: Payload) -> ReserveTerms:
    """Read `{"rate": "0.10", "days": 90}`; an empty object keeps nothing. Raises InvalidInput naming the field."""
    payload.only("rate", "days")
    if payload.optional("rate") is None and payload.optional("days") is None:
        return ReserveTerms()
    days = payload.required("days").integer(at_least=1)
    if days > MOST_DAYS:
        raise payload.required("days").wrong(sentence("must be at most %(most)s", most=MOST_DAYS))
    return ReserveTerms(rate=payload.required("rate").rate(at_most=1), days=days)


def reserved(*, net_minor: int, balance_minor: int, rate: Decimal) -> int:
    """Return what is kept: the rate of a positive net, never more than the balance has; debts are settled first."""
    return max(0, min(apply_rate(max(net_minor, 0), rate), balance_minor))
