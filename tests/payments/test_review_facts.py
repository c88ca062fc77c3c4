"""Facts that contradict what was agreed write nothing; a refund that failed at the provider frees its money."""

from dataclasses import replace
from typing import Any

import pytest

from kernel.clock import utc_now
from tenant_apps.orders.actions import refund_order
from tenant_apps.payments.actions import record_charge, record_refund
from tenant_apps.payments.errors import FactsDiffer
from tenant_apps.payments.models import Charge, PaymentIntent
from tenant_apps.payments.providers.stripe.contents import CapturedCharge, RefundFact
from tenant_apps.payments.states import RefundState
from tests.payments.selling import OPERATOR, TESTS, connect, paid_elsewhere, place, publish_offer


@pytest.mark.parametrize(
    ("other", "account"), [({"amount_minor": 1}, "acct_a"), ({"currency": "USD"}, "acct_a"), ({}, "acct_b")]
)
def test_a_charge_of_another_amount_currency_or_account_is_not_recorded(
    in_aurora: Any, other: dict[str, Any], account: str
) -> None:
    known = connect("sk_test_elsewhere", "acct_a")
    intent = PaymentIntent.objects.create(
        order_ref="ord_1", account=known, amount_minor=11900, currency="EUR", idempotency_key="k", opened_at=utc_now(),
        asked_at=utc_now(),
    )  # fmt: skip
    fact = CapturedCharge(
        intent_ref=intent.public_id, provider_intent_id="pi_1", charge_id="ch_1", amount_minor=11900, currency="EUR"
    )
    with pytest.raises(FactsDiffer):
        record_charge(fact=replace(fact, **other), account_id=account, actor=TESTS, at=utc_now())
    assert Charge.objects.count() == 0


def test_a_refund_that_failed_at_the_provider_frees_what_it_reserved(in_aurora: Any) -> None:
    order = paid_elsewhere(place(publish_offer()))
    refund = refund_order(
        order=order, amount_minor=1000, reason="late snow", idempotency_key="once", actor=OPERATOR, at=utc_now()
    )
    charge = Charge.objects.get()
    assert charge.refunding_minor == 1000
    fact = RefundFact(
        refund_ref=refund.public_id, refund_id="re_1", charge_id=charge.provider_charge_id, provider_intent_id="",
        amount_minor=1000, currency="EUR", refunded_at=utc_now(), succeeded=False, failed=True,
        error="lost_or_stolen_card",
    )  # fmt: skip
    told = record_refund(fact=fact, account_id=charge.intent.account.account_id, actor=TESTS, at=utc_now())
    charge.refresh_from_db()
    assert (told.state, charge.refunding_minor, charge.refunded_minor) == (RefundState.FAILED, 0, 0)
