"""What the provider's word of reversals adds to what is known. Pure."""

from collections.abc import Mapping, Sequence

from tenant_apps.payments.errors import FactsDiffer


def newly_reversed(
    *, sent_minor: int, known: Mapping[str, int], told: Sequence[tuple[str, int]]
) -> list[tuple[str, int]]:
    """Return the reversals that are told and not known yet, by the provider's id, in the order they are told.

    Parts are known by their ids, so it does not matter which message names them, how often, or in what order.
    Raises FactsDiffer when a known one is told with another amount, or when together they exceed what was sent.
    """
    fresh: dict[str, int] = {}
    for reversal, minor in told:
        before = known.get(reversal, fresh.get(reversal, minor))
        if before != minor:
            raise FactsDiffer(f"{reversal} took {before} back, not {minor}.")
        if reversal not in known:
            fresh[reversal] = minor
    total = sum(known.values()) + sum(fresh.values())
    if total > sent_minor:
        raise FactsDiffer(f"{total} came back of a transfer of {sent_minor}.")
    return list(fresh.items())
