"""Whether a rule is for a line, and whether its time is over; each answer is a sentence."""

from calendar import monthrange
from datetime import MAXYEAR, UTC, datetime

from kernel.errors import InvalidInput
from tenant_apps.commissions.rules.sale import Line, Sale
from tenant_apps.commissions.rules.terms import Charge, Limits, When


def mismatch_of(when: When, *, sale: Sale, line: Line) -> str | None:
    """Return the first condition that does not hold, None when all hold that can be decided."""
    for name, value, wanted in (
        ("product", line.product, when.product),
        ("site", sale.site, when.site),
        ("campaign", sale.campaign, when.campaign),
        ("placement", sale.placement, when.placement),
    ):
        if wanted is not None and value not in wanted:
            return f"{name} {value or 'unknown'} is not one of {', '.join(wanted)}"
    for name, value, wanted in (("partner", sale.partner, when.partner), ("country", sale.country, when.country)):
        if wanted is not None and value is not None and value not in wanted:
            return f"{name} {value} is not one of {', '.join(wanted)}"
    return _wrong_charge(when, sale.charge_number) or _out_of_range(when, sale, line) or _other(when, sale, line)


def unknown_fact_of(when: When, sale: Sale) -> str | None:
    """Return which fact the conditions need and nobody knows, None when all can be decided.

    A rule that may or may not be for a sale must not pay it, and must not leave it to the next one.
    """
    if when.partner is not None and sale.partner is None:
        return "the partner is not known"
    if when.country is not None and sale.country is None:
        return "the customer's country is not known"
    if when.customer_age_months.is_bounded and customer_age_months(sale) is None:
        return "the customer's first charge is not known"
    return None


def customer_age_months(sale: Sale) -> int | None:
    """Return the full months since the customer's first charge; None when that is not known."""
    if sale.first_charge_at is None:
        return 0 if sale.charge_number == 1 else None
    first = sale.first_charge_at
    at = sale.at.astimezone(first.tzinfo)
    months = (at.year - first.year) * 12 + at.month - first.month
    reached = months_after(first, months)
    # The calendar may be short of the day, or the day short of the hour.
    return months if reached is not None and reached.astimezone(UTC) <= sale.at.astimezone(UTC) else months - 1


def _wrong_charge(when: When, number: int) -> str | None:
    if when.charge is Charge.FIRST and number != 1:
        return f"charge {number} is not the first"
    if when.charge is Charge.RETURNING and number == 1:
        return "the first charge is not a returning one"
    if when.charge_number.lowest is not None and number < when.charge_number.lowest:
        return f"charge {number} is before charge {when.charge_number.lowest}"
    if when.charge_number.highest is not None and number > when.charge_number.highest:
        return f"charge {number} is after charge {when.charge_number.highest}"
    return None


def _out_of_range(when: When, sale: Sale, line: Line) -> str | None:
    for name, value, wanted in (
        ("quantity", line.quantity, when.quantity),
        ("net of the line in minor units", line.net_minor, when.amount_minor),
        ("net of the order in minor units", sale.net_minor, when.order_minor),
        ("age of the customer in months", customer_age_months(sale), when.customer_age_months),
    ):
        if value is None or wanted.holds(value):
            continue
        if wanted.lowest is not None and value < wanted.lowest:
            return f"{name} {value} is below {wanted.lowest}"
        return f"{name} {value} is above {wanted.highest}"
    return None


def _other(when: When, sale: Sale, line: Line) -> str | None:
    for key, wanted in when.metadata:
        value = line.metadata.get(key, sale.metadata.get(key))
        if value not in wanted:
            return f"{key} {'is not given' if value is None else value} and should be one of {', '.join(wanted)}"
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
