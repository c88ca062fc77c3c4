"""Eight refunds of one order at the same moment, over HTTP: never more goes back than was paid."""

from typing import Any

import httpx
import pytest

from kernel.money import Money
from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.models import Commission
from tenant_apps.console.management.story.browsing import Browser, form_of, until
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.ledger.queries import trial_balance
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import Charge, Refund
from tests.running import PATIENCE, Installation, together

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cast(installation: Installation) -> Cast:
    return installation.cast(0, "refunds")


def refunding(console: Browser, page: httpx.Response, nonce: str, amount: str) -> Any:
    form = form_of(page, "refund")
    fields = form.fields | {"amount": amount, "reason": "The fog stayed.", "nonce": nonce}
    headers = {"Referer": f"http://{console.host}{form.action}", "Cookie": cookies_of(console)}

    def send() -> int:
        # A connection of its own, as eight tabs have.
        address = str(console.client.base_url.join(form.action))
        return httpx.post(address, data=fields, headers=headers | {"Host": console.host}, timeout=30).status_code

    return send


def cookies_of(console: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in console.client.cookies.items())


def test_eight_refunds_at_once_never_exceed_what_was_paid(installation: Installation, cast: Cast) -> None:
    story = installation.story(cast)
    story.visit()
    order = story.buy(cast.offers[0], email="eight@example.com", name="Eight Tabs", by=story.visitor)
    third = Money(order.total_minor // 3, order.currency)
    with installation.operator(cast, "finance") as console:
        page = console.get(f"/console/orders/order/{order.pk}/change/")
        answers = together(*[refunding(console, page, f"tab-{tab}", str(third.to_decimal())) for tab in range(8)])
    assert answers == [302] * 8
    installation.wait_until_sent()
    installation.wait_until_drained(cast)
    with brand_entered(cast.brand):
        until(
            lambda: not Refund.objects.exclude(state="succeeded").exists(),
            what="the refunds to settle",
            seconds=PATIENCE,
        )
        assert list(Refund.objects.values_list("amount_minor", flat=True)) == [third.minor] * 3
        charge, sold = Charge.objects.get(), Order.objects.get()
        assert (charge.refunded_minor, charge.refunding_minor) == (3 * third.minor, 0)
        assert sold.refunded_minor == 3 * third.minor <= sold.total_minor
        earned = Commission.objects.get(kind="earning")
        back = sum(Commission.objects.exclude(kind="earning").values_list("amount_minor", flat=True))
        assert 0 <= earned.amount_minor + back <= 1
        assert sum(row.signed_minor for row in trial_balance()) == 0


def test_the_same_form_sent_eight_times_is_one_refund(installation: Installation, cast: Cast) -> None:
    story = installation.story(cast)
    story.visit()
    order = story.buy(cast.offers[1], email="impatient@example.com", name="Im Patient", by=story.visitor)
    with installation.operator(cast, "finance") as console:
        page = console.get(f"/console/orders/order/{order.pk}/change/")
        nonce = form_of(page, "refund").fields["nonce"]
        answers = together(*[refunding(console, page, nonce, "1.00") for _ in range(8)])
    assert answers == [302] * 8
    installation.wait_until_sent()
    installation.wait_until_drained(cast)
    with brand_entered(cast.brand):
        assert Refund.objects.filter(charge__intent__order_ref=order.public_id).count() == 1
