"""Examples of what a partner asks of its own, and how its lists grow."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared_apps.brands.entering import entered_brand
from tenant_apps.commissions.models import Commission
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements import actions
from tenant_apps.settlements.models import Statement
from tests.api.example import Example
from tests.settlements.books import ANNA, AUGUST, BEN, JULY, JUNE, MAY, earned, enrolled


def the_partner() -> Enrollment:
    found = Enrollment.objects.filter(partner_name="onlyaurora").first()
    return found or enrolled(entered_brand(), "onlyaurora")


def a_line(_: int = 1, **values: Any) -> Commission:
    return earned(the_partner(), 1700, MAY, **values)


def a_statement(number: int = 1) -> Statement:
    at, closed = ((MAY, JUNE), (JUNE, JULY), (JULY, AUGUST))[number - 1]
    earned(the_partner(), 1700, at)
    return issued(f"{at:%Y-%m}", closed)


def issued(label: str, at: datetime) -> Statement:
    drafted = actions.close_period(label=label, actor=ANNA, at=at).settlements.get()
    return actions.issue_statement(settlement=actions.approve(settlement=drafted, actor=BEN, at=at), at=at)


def listed(path: str, make: Callable[[], Any]) -> Callable[[], Example]:
    def example() -> Example:
        return Example(path, words=[make().public_id], partner=the_partner().partner_ref)

    return example


def named(path: str, make: Callable[[], Any], body: Any = None, **more: Any) -> Callable[[], Example]:
    def example() -> Example:
        ref = make().public_id
        about = path.format(ref)
        return Example(about, body, has_id=True, words=[ref], partner=the_partner().partner_ref, **more)

    return example


def forecast() -> Example:
    a_line(state="pending")
    return Example("/partner/forecast", partner=the_partner().partner_ref)


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /partner/commissions": listed("/partner/commissions", a_line),
    "GET /partner/commissions/{commission}": named("/partner/commissions/{}", a_line),
    "GET /partner/forecast": forecast,
    "GET /partner/statements": listed("/partner/statements", a_statement),
    "GET /partner/statements/{statement}": named("/partner/statements/{}", a_statement),
    "GET /partner/statements/{statement}/lines": named("/partner/statements/{}/lines", a_statement),
}
LISTS: dict[str, Callable[[int], Any]] = {
    "/partner/commissions": a_line,
    "/partner/statements": a_statement,
}
