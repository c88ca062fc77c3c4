"""Maturing and paying many lines at once comes to what one line after the other comes to, in a few statements."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kernel.errors import IllegalTransition
from shared_apps.audit.actions import change_state
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.models import Message
from tenant_apps.commissions.actions import mark_paid, mature_due
from tenant_apps.commissions.actions.engine import ENGINE
from tenant_apps.commissions.actions.grouping import locked_groups
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import COMMISSION, CommissionState
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post
from tenant_apps.ledger.models import Entry, Transfer
from tests.conftest import brand_named
from tests.settlements.books import JUNE, MAY, earned, enrolled

HOURS = st.integers(-48, 48).map(lambda hours: timedelta(hours=hours))
LINE = st.fixed_dictionaries(
    {
        "partner": st.integers(0, 2), "amount": st.integers(0, 5000), "currency": st.sampled_from(["EUR", "KRW"]),
        "matures": HOURS, "confirmed": st.one_of(st.none(), HOURS), "back": st.lists(st.integers(0, 400), max_size=2),
        "state": st.sampled_from(["confirmed", "confirmed", "confirmed", "pending", "hold", "payable"]),
    }
)  # fmt: skip


def matured_one_by_one(at: Any) -> None:
    """The way it was done line by line: what the statements for all of them are measured against."""
    due = Commission.objects.filter(state="confirmed", moves_with=None, matures_at__lte=at, reverses=None)
    for group in locked_groups(due.values_list("pk", flat=True)):
        for line in group:
            payable_at = max(line.matures_at, line.confirmed_at or line.matures_at)
            change_state(line, COMMISSION, CommissionState.PAYABLE, actor=ENGINE, at=at, payable_at=payable_at)
            pending, payable = chart.partner_pending(line.partner_ref), chart.partner_payable(line.partner_ref)
            debit, credit = (pending, payable) if line.amount_minor > 0 else (payable, pending)
            if line.amount_minor:
                post(
                    cause=f"commission:{line.public_id}:matured",
                    description=f"Commission of order {line.order_ref} matured",
                    transfers=[Posting(debit, credit, abs(line.amount_minor), line.currency)],
                    belongs_to=payable_at, at=at,
                )  # fmt: skip


def paid_one_by_one(at: Any) -> None:
    for line in Commission.objects.filter(state="payable").order_by("pk"):
        change_state(line, COMMISSION, CommissionState.PAID, actor=ENGINE, at=at, paid_at=at)


def written(deed: Callable[[], Any]) -> list[Any]:
    """What a deed leaves in lines, audit and books; then it is undone."""
    with transaction.atomic():
        before = AuditEvent.objects.count()
        deed()
        audit = ("verb", "subject_id", "before", "after", "actor_id", "reason", "at")
        entry = ("cause", "request_hash", "description", "booked_at", "effective_at", "belongs_to")
        transfer = ("entry__cause", "position", "debit__code", "credit__code", "amount_minor", "currency")
        left = [
            list(Commission.objects.order_by("pk").values()),
            sorted(AuditEvent.objects.order_by("pk").values_list(*audit)[before:], key=str),
            list(Entry.objects.order_by("cause").values_list(*entry)),
            list(Transfer.objects.order_by("entry__cause", "position").values_list(*transfer)),
        ]
        transaction.set_rollback(True)
    return left


class OneAndMany(TestCase):
    @settings(max_examples=15)
    @given(st.lists(LINE, min_size=1, max_size=4))
    def test_all_at_once_is_each_alone(self, facts: list[dict[str, Any]]) -> None:
        aurora = brand_named("Aurora")
        with brand_entered(aurora):
            partners = [enrolled(aurora, f"Partner {number}") for number in range(3)]
            for fact in facts:
                line_of(partners[fact["partner"]], fact)
            assert written(lambda: mature_due(at=JUNE)) == written(lambda: matured_one_by_one(JUNE))
            matured_one_by_one(JUNE)
            both = [
                written(lambda: mark_paid(commissions=Commission.objects.filter(state="payable"), at=JUNE)),
                written(lambda: paid_one_by_one(JUNE)),
            ]
            assert both[0] == both[1]


def line_of(partner: Any, fact: dict[str, Any]) -> Commission:
    times = {
        "matures_at": JUNE + fact["matures"], "payable_at": None,
        "confirmed_at": None if fact["confirmed"] is None else JUNE + fact["confirmed"],
    }  # fmt: skip
    line = earned(partner, fact["amount"], MAY, currency=fact["currency"], state="confirmed", **times)
    for number, amount in enumerate(fact["back"]):
        Commission.objects.create(
            enrollment=partner, partner_ref=partner.partner_ref, order_ref=line.order_ref, line_ref=line.line_ref,
            attribution_ref=line.attribution_ref, kind="reversal", reverses=line, moves_with=line,
            cause_ref=f"ref_{number}", base_minor=line.base_minor, amount_minor=-amount, currency=line.currency,
            state="confirmed", accrued_at=MAY, **times,
        )  # fmt: skip
    Commission.objects.filter(pk=line.pk).update(state=fact["state"])
    Commission.objects.filter(moves_with=line).update(state=fact["state"])
    return line


def statements(deed: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        deed()
    return len(asked)


def test_the_number_of_lines_changes_no_number_of_statements(in_aurora: Any) -> None:
    def asked(many: int) -> tuple[int, int]:
        partner = enrolled(in_aurora, f"With {many}")
        for _ in range(many):
            earned(partner, 100, MAY, state="confirmed", confirmed_at=MAY)
        maturing = statements(lambda: mature_due(at=JUNE))
        lines = list(Commission.objects.filter(state="payable"))
        assert len(lines) == many
        return maturing, statements(lambda: mark_paid(commissions=lines, at=JUNE))

    few, many = asked(2), asked(40)
    assert few == many
    assert max(many) < 20


def test_a_partner_is_told_once_however_many_lines(in_aurora: Any) -> None:
    for number in range(2):
        partner = enrolled(in_aurora, f"Partner {number}")
        for _ in range(3):
            earned(partner, 100, MAY, state="confirmed", confirmed_at=MAY)
    mature_due(at=JUNE)
    mark_paid(commissions=Commission.objects.all(), at=JUNE)
    told = Message.objects.filter(name__in=["commission.matured", "commission.paid"]).order_by("pk")
    assert [(message.name, message.payload["lines"]) for message in told] == [
        ("commission.matured", 3), ("commission.matured", 3), ("commission.paid", 3), ("commission.paid", 3),
    ]  # fmt: skip


def test_one_line_that_is_not_payable_stops_all(in_aurora: Any) -> None:
    partner = enrolled(in_aurora)
    earned(partner, 100, MAY)
    earned(partner, 100, MAY, state="confirmed")
    with pytest.raises(IllegalTransition):
        mark_paid(commissions=Commission.objects.all(), at=JUNE)
    assert sorted(Commission.objects.values_list("state", flat=True)) == ["confirmed", "payable"]
