"""What a preview says is what is booked, to the cent: before payout, after it, with refunds between."""

from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.attribution.actions import award
from tenant_apps.commissions.actions import mature_due, price_again
from tenant_apps.commissions.models import Commission
from tenant_apps.disputes.actions import decide_dispute, rehearse_claim, rehearse_decision, withdraw_dispute
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.ledger.models import Entry
from tenant_apps.programs.actions import set_contract
from tests.commissions import selling
from tests.disputes.claiming import DAY, FINANCE, LATER, OPS, Drain, as_partner, claimed, fresh, held, sold, standing

TEN = selling.TEN_PERCENT[0]


def foretold(moved: list[Any]) -> dict[str, tuple[int, int]]:
    return {each.partner_name: (each.before_minor, each.after_minor) for each in moved}


def test_a_claim_is_rehearsed_before_it_is_opened(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    rows = (Commission.objects.count(), Entry.objects.count(), Message.objects.count())
    moved = rehearse_claim(order_ref=order.public_id, claimant=omar, claimed="1/2", actor=OPS, at=LATER)
    # nora has 10 % of 100.00 and would keep half of it; omar would earn 20 % of the other half.
    assert foretold(moved) == {"nora": (1_000, 500), "omar": (0, 1_000)}
    assert [each.clawed_back_minor for each in moved] == [0, 0]
    assert (Commission.objects.count(), Entry.objects.count(), Message.objects.count()) == rows
    assert not CreditDispute.objects.exists()
    with pytest.raises(InvalidInput):
        rehearse_claim(order_ref=order.public_id, claimant=nora, claimed="1/2", actor=OPS, at=LATER)


def test_after_payout_the_loss_is_a_clawback(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    selling.fulfill(order)
    drain()
    mature_due(at=LATER + 30 * DAY)
    Commission.objects.filter(enrollment=nora).update(state="paid")
    dispute = claimed(order, omar, drain, at=LATER + 31 * DAY)
    moved = rehearse_decision(dispute=dispute, granted="1/2", actor=FINANCE, at=LATER + 31 * DAY)
    assert foretold(moved) == {"nora": (1_000, 500), "omar": (0, 1_000)}
    [loss] = [each for each in moved if each.difference_minor < 0]
    assert loss.difference_minor == -500
    decide_dispute(dispute=dispute, granted="1/2", reason="Yes.", actor=FINANCE, at=LATER + 31 * DAY)
    drain()
    assert (standing(nora), standing(omar)) == (500, 1_000)
    assert Commission.objects.filter(enrollment=nora, kind="clawback", state="payable").exists()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=st.integers(101, 99_999), claim=st.fractions("1/30", 1, max_denominator=30), share=st.integers(0, 4),
    refund=st.integers(0, 99), refund_first=st.booleans(), payable=st.booleans(),
)  # fmt: skip
def test_a_preview_is_what_is_booked(
    in_aurora: Brand, drain: Drain, amount: int, claim: Any, share: int, refund: int, refund_first: bool, payable: bool
) -> None:
    """Whatever is claimed, granted, refunded before: the books move as the preview said, and they balance."""
    with transaction.atomic():
        play(drain, amount, claim, share, amount * refund // 100, refund_first, payable)
        transaction.set_rollback(True)


def play(drain: Drain, amount: int, claim: Any, share: int, back: int, refund_first: bool, payable: bool) -> None:
    order, nora, omar = sold(drain, amount)
    at = LATER + 20 * DAY
    if back and refund_first:
        selling.refund(order, back, at=LATER)
        drain()
    if payable:
        selling.fulfill(order)
        drain()
        mature_due(at=at)
    dispute = claimed(order, omar, drain, part=str(claim), at=at)
    if back and not refund_first:
        selling.refund(order, back, at=at)
        drain()
    granted = str(claim * share / 4)
    moved = foretold(rehearse_decision(dispute=dispute, granted=granted, actor=FINANCE, at=at))
    before = {"nora": standing(nora), "omar": standing(omar)}
    decide_dispute(dispute=dispute, granted=granted, reason="So.", actor=FINANCE, at=at)
    drain()
    for deal in (nora, omar):
        name = deal.partner_name
        was, now = moved.get(name, (before[name], before[name]))
        assert (before[name], standing(deal)) == (was, now), name
    selling.assert_books_fit(nora, omar)


def test_what_was_refunded_of_a_frozen_part_goes_with_it(in_aurora: Brand, drain: Drain) -> None:
    """Sold for 100.00 at 10 %, half of it claimed, half the money refunded, the claim granted: a quarter remains."""
    order, nora, omar = sold(drain)
    dispute = claimed(order, omar, drain)
    selling.refund(order, 5_000, at=LATER)
    drain()
    decide_dispute(dispute=dispute, granted="1/2", reason="Yes.", actor=FINANCE, at=LATER)
    drain()
    # Half of 10 % for nora and half of 20 % for omar, and of both a half went back with the money.
    assert (standing(nora), standing(omar)) == (250, 500)
    assert not Commission.objects.filter(state="hold").exists()
    selling.assert_books_fit(nora, omar)


def test_granting_what_was_given_meanwhile_takes_nothing_twice(in_aurora: Brand, drain: Drain) -> None:
    """An operator gives omar his half while his claim is heard; granting the claim then moves nobody's credit."""
    order, nora, omar = sold(drain)
    dispute = claimed(order, omar, drain)
    shares = [{"participant": each.public_id, "weight": "1/2"} for each in (nora, omar)]
    award(order_ref=order.public_id, shares=shares, cause="operator", actor=OPS, at=LATER)
    drain()
    assert (standing(nora), standing(omar)) == (500, 1_000)
    assert rehearse_decision(dispute=dispute, granted="1/2", actor=FINANCE, at=LATER) == []
    decide_dispute(dispute=dispute, granted="1/2", reason="Yes.", actor=FINANCE, at=LATER)
    drain()
    assert (standing(nora), standing(omar), fresh(dispute).outcome) == (500, 1_000, "accepted")
    assert not Commission.objects.filter(state="hold").exists()
    selling.assert_books_fit(nora, omar)


def test_a_claim_holds_the_disputed_part_of_a_line_that_gets_its_price_late(in_aurora: Brand, drain: Drain) -> None:
    nora = selling.partner("nora", [{"id": "none", "when": {"product": ["none"]}, "pay": TEN["pay"]}])
    omar, ella = (selling.partner(name, selling.TEN_PERCENT) for name in ("omar", "ella"))
    selling.visit("vis_1", nora)
    order = selling.paid_order(selling.offer_at(10_000), "vis_1")
    drain()
    dispute, other = claimed(order, omar, drain, part="1/5"), claimed(order, ella, drain, part="1/2")
    assert (standing(nora), held(nora)) == (0, 0)
    told = {"effective_from": selling.AT - 10 * DAY, "actor": OPS, "at": LATER}
    set_contract(enrollment=nora, currency="EUR", rules=selling.TEN_PERCENT, **told)
    line = Commission.objects.get(enrollment=nora, state="hold")
    price_again(commission=line, actor=FINANCE, at=LATER, reason="agreed by word")
    drain()
    assert (standing(nora), held(nora)) == (1_000, 700)
    for each, left in ((dispute, 500), (other, 0)):
        withdraw_dispute(dispute=each, reason="A mistake.", actor=OPS, at=LATER)
        drain()
        assert (standing(nora), held(nora)) == (1_000, left)
    selling.assert_books_fit(nora)


@pytest.mark.parametrize("shares", [("0.8", "0.2"), ("0.5", "0.5")])
def test_a_claim_holds_its_part_of_what_a_later_decision_pays_where_nothing_was_paid(
    in_aurora: Brand, drain: Drain, shares: tuple[str, str]
) -> None:
    nora = selling.partner("nora", [{"id": "none", "when": {"product": ["none"]}, "pay": TEN["pay"]}])
    omar, ella = (selling.partner(name, selling.TEN_PERCENT) for name in ("omar", "ella"))
    selling.visit("vis_1", nora)
    order = selling.paid_order(selling.offer_at(10_000), "vis_1")
    drain()
    dispute = claimed(order, omar, drain, part="1/5")
    told = {"effective_from": selling.AT - 10 * DAY, "actor": OPS, "at": LATER}
    set_contract(enrollment=nora, currency="EUR", rules=selling.TEN_PERCENT, **told)
    parts = [{"participant": each.public_id, "weight": part} for each, part in zip((nora, ella), shares, strict=True)]
    award(order_ref=order.public_id, shares=parts, cause="fact", actor=FINANCE, at=LATER)
    drain()
    earns = int(Fraction(shares[0]) * 1_000)
    assert (standing(nora), held(nora), held(ella)) == (earns, earns // 5, 0)
    withdraw_dispute(dispute=dispute, reason="A mistake.", actor=OPS, at=LATER)
    drain()
    assert (standing(nora), held(nora)) == (earns, 0)
    selling.assert_books_fit(nora, ella)


def test_freezing_and_withdrawing_moves_no_cent(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain, 9_999)
    selling.refund(order, 3_333, at=LATER)
    drain()
    before = standing(nora)
    dispute = claimed(order, omar, drain, part="1/3")
    assert standing(nora) == before
    withdraw_dispute(dispute=dispute, reason="No.", actor=as_partner(omar), at=LATER)
    drain()
    assert (standing(nora), standing(omar), fresh(dispute).state) == (before, 0, "withdrawn")
    selling.assert_books_fit(nora, omar)
