"""How a refund falls on net and tax. Pure."""

from kernel.splits import split


def refund_parts(*, amount_minor: int, tax_minor: int, before_minor: int, after_minor: int) -> tuple[int, int]:
    """Return (net, tax) of a refund that takes a charge from `before` to `after` refunded, in minor units.

    By cumulative difference, so that any series of refunds that reaches the whole amount gives back
    exactly the net and exactly the tax that were booked.
    """
    before, after = (split(refunded, [amount_minor - tax_minor, tax_minor]) for refunded in (before_minor, after_minor))
    return after[0] - before[0], after[1] - before[1]
