"""Whether a rule is for a line, and whether its time is over; each answer is a sentence."""

from calendar import monthrange
from datetime import MAXYEAR, UTC, datetime

from kernel.errors import InvalidInput
from tenant_apps.commissions.rules.sale import Line, Sale
from tenant_apps.commissions.rules.terms import Charge, Limits, When


def mismatch_of(when: When, *, sale: Sale, line: Line) -> str | None:
    """Return the first condition that does not hold, None when all hold."""
    for name, value, wanted in (
        ("product", line.product, when.product),
        ("site", sale.site, when.site),
        ("campaign", sale.campaign, when.campaign),
    ):
        if wanted is not None and value not in wanted:
            return f"{name} {value or 'unknown'} is not one of {', '.join(wanted)}"
    number = sale.charge_number
    if when.charge is Charge.FIRST and number != 1:
        return f"charge {number} is not the first"
    if when.charge is Charge.RETURNING and number == 1:
        return "the first charge is not a returning one"
    if when.min_charge_number is not None and number < when.min_charge_number:
        return f"charge {number} is before charge {when.min_charge_number}"
    if when.max_charge_number is not None and number > when.max_charge_number:
        return f"charge {number} is after charge {when.max_charge_number}"
    return None


def window_over(limits: Limits, sale: Sale) -> str | None:
    """Return why the rule no longer pays for this customer, None while it does.

    The anniversary itself is over. Raises InvalidInput when months are limited and a
    returning customer's first charge is not known: a limit must not lapse for want of a fact.
    """
    if limits.max_charges is not None and sale.charge_number > limits.max_charges:
        return f"charge {sale.charge_number} is after the last paid charge {limits.max_charges}"
    if limits.max_months is None:
        return None
    if sale.first_charge_at is None:
        if sale.charge_number == 1:
            return None
        raise InvalidInput(field="sale.first_charge_at", message="is missing, and the rule limits the months")
    ends_at = months_after(sale.first_charge_at, limits.max_months)
    if ends_at is None or sale.at.astimezone(UTC) < ends_at.astimezone(UTC):
        return None
    return f"the {limits.max_months} months ended at {ends_at.isoformat()}"


def months_after(start: datetime, months: int) -> datetime | None:
    """Return the same day and time so many months later in the start's own zone.

    A day the month lacks becomes its last one: January 31 plus a month is February 28.
    None when the calendar ends before that.
    """
    total = start.year * 12 + start.month - 1 + months
    year, month = total // 12, total % 12 + 1
    if year > MAXYEAR - 1:
        return None
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
