"""Who comes second to an order's money waits for the first, and goes on from what that left."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

from shared_apps.brands.entering import brand_entered
from tenant_apps.attribution.actions import award
from tenant_apps.commissions.actions import (
    Outcome,
    cancel_commission,
    confirm_order,
    follow_money,
    freeze_share,
    mature_due,
    price_again,
    reattribute,
    unfreeze,
)
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import earnings_of_order
from tenant_apps.orders.models import Order
from tests.commissions.selling import (
    AT,
    DAY,
    FINANCE,
    TEN_PERCENT,
    accrued_order,
    assert_books_fit,
    fulfill,
    lines,
    offer_at,
    partner,
    refund,
    sum_of,
    visit,
)
from tests.commissions.test_following import derived
from tests.commissions.test_pricing_again import OTHERS, agree, price
from tests.conftest import brand_named
from tests.waiting import second_in_line


def refunded(order: Order, amount: int, ref: str) -> None:
    refund(order, amount, ref)
    follow_money(order_ref=order.public_id, cause_ref=ref, at=AT + 3 * DAY)


def test_the_second_goes_on_from_what_the_first_left(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        nord, sued, west = (partner(name, TEN_PERCENT) for name in ("nord", "sued", "west"))
        late = partner("late", OTHERS)
        sold = {}
        for name, deal in (("refunds", nord), ("award", nord), ("cancel", nord), ("price", late)):
            visit(name, deal)
            sold[name] = accrued_order(offer_at(100_00, code=name), name)

        # Two refunds: the order has both, not the one that was written last.
        order = sold["refunds"]
        refunded(order, 10_00, "ref_1")
    second_in_line(brand, lambda: refund(order, 20_00, "ref_2"), lambda: refund(order, 30_00, "ref_3"))
    with brand_entered(brand):
        assert Order.objects.get(pk=order.pk).refunded_minor == 60_00

        # A decision moves the sale while money goes back: what the new line owes of that is taken of it.
        order = sold["award"]
        award(
            order_ref=order.public_id, shares=[{"participant": sued.public_id, "weight": "1"}], cause="claim",
            actor=FINANCE, at=AT + DAY,
        )  # fmt: skip
    second_in_line(
        brand, lambda: reattribute(order_ref=order.public_id, at=AT + DAY), lambda: refunded(order, 50_00, "ref_4")
    )
    with brand_entered(brand):
        assert sum_of(Commission.objects.filter(enrollment=sued)) == 5_00

        # What is paid on a canceled line goes with it, and follows no money that comes back at that moment.
        order = sold["cancel"]
        earning = earnings_of_order(order.public_id).get()
        derived(earning, west, 1_00, "pending")
        Commission.objects.filter(enrollment=west).update(state="confirmed")
        mature_due(at=AT + 60 * DAY)
    second_in_line(
        brand, lambda: cancel_commission(commission=earning, reason="Fraud", actor=FINANCE, at=AT + 2 * DAY),
        lambda: refunded(order, 50_00, "ref_5"),
    )  # fmt: skip
    with brand_entered(brand):
        assert lines(order) == [("earning", 10_00, "canceled"), ("level", 1_00, "payable"),
                                ("clawback", -1_00, "payable")]  # fmt: skip

        # Two price one line: the second is told which line the first wrote.
        agree(late)
        held = Commission.objects.get(enrollment=late)
        first: list[Commission] = []
    again = second_in_line(
        brand, lambda: first.append(price(held)),
        lambda: price_again(commission=held, actor=FINANCE, at=AT + timedelta(days=20)),
    )  # fmt: skip
    with brand_entered(brand):
        assert [again] == first

        # Two end one claim on what was payable: once is enough.
        fulfill(sold["refunds"])
        confirm_order(order_ref=sold["refunds"].public_id, at=AT + DAY)
        mature_due(at=AT + 60 * DAY)
        claim: dict[str, Any] = {
            "order_ref": sold["refunds"].public_id,
            "enrollment_id": nord.pk,
            "actor": FINANCE,
            "at": AT,
        }
        freeze_share(**claim, fraction=Fraction(1, 2), cause_ref="dis_1")
    ended: list[Any] = []
    end: dict[str, Any] = {"cause_ref": "dis_1", "outcome": Outcome.REJECTED, "actor": FINANCE, "at": AT + DAY}
    again = second_in_line(brand, lambda: ended.append(unfreeze(**end)), lambda: unfreeze(**end))
    with brand_entered(brand):
        assert (again, [part.state for part in ended[0]]) == ([], ["payable"])
        assert_books_fit(nord, sued, west, late)
