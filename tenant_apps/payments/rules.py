"""What the provider's word of reversals adds to what is known. Pure."""

from collections.abc import Mapping, Sequence

from kernel.money import Money
from kernel.sentences import sentence
from tenant_apps.payments.errors import FactsDiffer


def newly_reversed(
    *, sent_minor: int, currency: str, known: Mapping[str, int], told: Sequence[tuple[str, int]]
) -> list[tuple[str, int]]:
    """Return the reversals that are told and not known yet, by the provider's id, in the order they are told.

    Parts are known by their ids, so it does not matter which message names them, how often, or in what order.
    Raises FactsDiffer when a known one is told with another amount, or when together they exceed what was sent.
    """
    fresh: dict[str, int] = {}
    for reversal, minor in told:
        before = known.get(reversal, fresh.get(reversal, minor))
        if before != minor:
            raise FactsDiffer(
                sentence(
                    "Reversal %(reversal)s took %(known)s back, not %(told)s.",
                    reversal=reversal, known=Money(before, currency), told=Money(minor, currency),
                )
            )  # fmt: skip
        if reversal not in known:
            fresh[reversal] = minor
    total = sum(known.values()) + sum(fresh.values())
    if total > sent_minor:
        raise FactsDiffer(
            sentence(
                "%(back)s is said to have come back of a transfer of %(sent)s.",
                back=Money(total, currency), sent=Money(sent_minor, currency),
            )
        )  # fmt: skip
    return list(fresh.items())
