"""A policy that is accepted decides every sale: no window, no clock and no program's own terms may stop one."""

from typing import Any

import pytest

from kernel.errors import InvalidInput
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import decide, set_policy
from tenant_apps.attribution.models import Policy
from tests.attribution.test_actions import shares
from tests.commissions.selling import ACTOR, AT, DAY, offer_at, paid_order, partner, visit

SINCE = AT - 20 * DAY


def said(terms: dict[str, Any], *, at: Any = SINCE, program: Any = None) -> Policy:
    return set_policy(terms=terms, effective_from=at, actor=ACTOR, at=SINCE - DAY, program=program)


def test_a_window_longer_than_the_calendar_decides(in_aurora: Brand) -> None:
    nord = partner("nord")
    visit("v1", nord)
    said({"model": "last", "window_days": 10**12, "direct": "count"})
    assert shares(decide(order_ref=paid_order(offer_at(100), "v1").public_id, at=AT)) == [("nord", 100)]


@pytest.mark.parametrize("days", [0, "0", 731, 10**30])
def test_deals_are_protected_for_some_time_and_not_for_ever(in_aurora: Brand, days: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        said({"model": "last", "deal_days": days})
    assert (refused.value.field, Policy.objects.count()) == ("terms.deal_days", 0)


def test_a_slip_of_the_finger_does_not_close_the_policy_for_centuries(in_aurora: Brand) -> None:
    with pytest.raises(InvalidInput) as refused:
        said({"model": "last"}, at=SINCE.replace(year=2206))
    assert (refused.value.field, Policy.objects.count()) == ("effective_from", 0)


def test_a_pool_of_a_role_that_nobody_can_have_is_refused(in_aurora: Brand) -> None:
    pools = [{"roles": ["site", "affiliat"], "weight": "0.6"}, {"roles": ["creator"], "weight": "0.4"}]
    with pytest.raises(InvalidInput, match="affiliat is no role; there are affiliate, site") as refused:
        said({"model": "last", "pools": pools})
    assert (refused.value.field, Policy.objects.count()) == ("terms.pools[0].roles", 0)


def test_a_brands_terms_fit_what_programs_say_for_themselves(in_aurora: Brand) -> None:
    program = partner("nord").program
    said({"model": "last", "last": "0.4"})
    said({"model": "position", "first": "0.6"}, at=SINCE + DAY, program=program)
    with pytest.raises(InvalidInput, match="together, with what Partners says for itself") as refused:
        said({"model": "last", "last": "0.5"}, at=SINCE + 2 * DAY)
    assert (refused.value.field, Policy.objects.count()) == ("terms.last", 2)
    said({}, at=SINCE + 2 * DAY, program=program)
    said({"model": "last", "last": "0.5"}, at=SINCE + 2 * DAY)
    with pytest.raises(InvalidInput):  # neither beside the terms that come later
        said({"model": "position", "first": "0.6"}, at=SINCE + 3 * DAY, program=program)
