"""Whether a rule is for a line, and whether its time is over; each answer is a reason with its facts."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import MAXYEAR, UTC, datetime

from kernel.errors import InvalidInput
from tenant_apps.commissions.rules.sale import Line, Sale
from tenant_apps.commissions.rules.steps import Why
from tenant_apps.commissions.rules.terms import Charge, Limits, When


def mismatch_of(when: When, *, sale: Sale, line: Line) -> Why | None:
    """Return the first condition that does not hold, None when all hold that can be decided."""
    for name, value, wanted in (
        ("product", line.product, when.product),
        ("site", sale.site, when.site),
        ("campaign", sale.campaign, when.campaign),
        ("placement", sale.placement, when.placement),
    ):
        if wanted is not None and value not in wanted:
            return _not_among(name, value, wanted)
    for name, value, wanted in (("partner", sale.partner, when.partner), ("country", sale.country, when.country)):
        if wanted is not None and value is not None and value not in wanted:
            return _not_among(name, value, wanted)
    return _wrong_charge(when, sale.charge_number) or _out_of_range(when, sale, line) or _other(when, sale, line)


def unknown_fact_of(when: When, sale: Sale) -> Why | None:
    """Return which fact the conditions need and nobody knows, None when all can be decided.

    A rule that may or may not be for a sale must not pay it, and must not leave it to the next one.
    """
    if when.partner is not None and sale.partner is None:
        return Why("partner_unknown")
    if when.country is not None and sale.country is None:
        return Why("country_unknown")
    if when.customer_age_months.is_bounded and customer_age_months(sale) is None:
        return Why("first_charge_unknown")
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


def _not_among(what: str, value: str | None, wanted: Iterable[str]) -> Why:
    facts = {"what": what, "wanted": list(wanted)}
    return Why("not_among", facts | {"value": value}) if value else Why("unknown_not_among", facts)


def _wrong_charge(when: When, number: int) -> Why | None:
    if when.charge is Charge.FIRST and number != 1:
        return Why("not_first_charge", {"number": number})
    if when.charge is Charge.RETURNING and number == 1:
        return Why("not_returning")
    if when.charge_number.lowest is not None and number < when.charge_number.lowest:
        return Why("charge_before", {"number": number, "bound": when.charge_number.lowest})
    if when.charge_number.highest is not None and number > when.charge_number.highest:
        return Why("charge_after", {"number": number, "bound": when.charge_number.highest})
    return None


def _out_of_range(when: When, sale: Sale, line: Line) -> Why | None:
    for name, value, wanted in (
        ("quantity", line.quantity, when.quantity),
        ("line_net", line.net_minor, when.amount_minor),
        ("order_net", sale.net_minor, when.order_minor),
        ("customer_age", customer_age_months(sale), when.customer_age_months),
    ):
        if value is None or wanted.holds(value):
            continue
        if wanted.lowest is not None and value < wanted.lowest:
            return Why("below", {"what": name, "value": value, "bound": wanted.lowest})
        return Why("above", {"what": name, "value": value, "bound": wanted.highest})
    return None


def _other(when: When, sale: Sale, line: Line) -> Why | None:
    for key, wanted in when.metadata:
        value = line.metadata.get(key, sale.metadata.get(key))
        if value not in wanted:
            facts = {"key": key, "wanted": list(wanted)}
            return Why("metadata_missing", facts) if value is None else Why("metadata_other", facts | {"value": value})
    return None


def window_over(limits: Limits, sale: Sale) -> Why | None:
    """Return why the rule no longer pays for this customer, None while it does.

    The anniversary itself is over. Raises InvalidInput when months are limited and a
    returning customer's first charge is not known: a limit must not lapse for want of a fact.
    """
    if limits.max_charges is not None and sale.charge_number > limits.max_charges:
        return Why("last_paid_charge", {"number": sale.charge_number, "bound": limits.max_charges})
    if limits.max_months is None:
        return None
    if sale.first_charge_at is None:
        if sale.charge_number == 1:
            return None
        raise InvalidInput(field="sale.first_charge_at", message="is missing, and the rule limits the months")
    ends_at = months_after(sale.first_charge_at, limits.max_months)
    if ends_at is None or sale.at.astimezone(UTC) < ends_at.astimezone(UTC):
        return None
    return Why("months_over", {"months": limits.max_months, "at": ends_at.isoformat()})


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
