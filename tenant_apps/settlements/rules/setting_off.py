"""How much of a debt at one brand may be set off against what another owes. Pure; one currency, one legal entity."""


def most_to_set_off(owed_minor: int, balance_there_minor: int) -> int:
    """Return the most that leaves neither side turned: not more than one owes, not more than is owed to the other.

    `owed_minor` is what the paying brand owes and no settlement pays yet, `balance_there_minor` what the other brand
    owes the same partner, below zero where the partner owes it.
    """
    return max(0, min(owed_minor, -balance_there_minor))
