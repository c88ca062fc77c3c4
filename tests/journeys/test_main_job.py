"""A visit becomes a lead, an order, a payment, an attribution, a commission, a settlement, a statement, a payout;
a refund after the payout comes back as a clawback on the next statement. Two brands, two currencies, one partner.

The amounts were worked out by hand from the offers and contracts in `story/setting.py`:
EUR 490.00 with 19 % included is 411.76 net: 5.00 + 10 % = 46.18. EUR 29.00 is 24.37 net: 20 % = 4.87.
KRW 240,000 with 10 % included is 218,182 net: 8 % = 17,455. KRW 12,000 is 10,909 net: 8 % = 873, raised to 1,000.
Half of the first order is refunded: 23.09 and 8,728 come back.
"""

from typing import Any

import pytest

from kernel.clock import utc_now
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.models import Delivery
from shared_apps.partners.models import Partner, PartnerBalance, PartnerStatement
from tenant_apps.attribution.models import Attribution
from tenant_apps.commissions.models import Commission
from tenant_apps.console.management.story.plot import Told
from tenant_apps.console.management.story.setting import PARTNER, Cast
from tenant_apps.customers.models import Lead
from tenant_apps.ledger.queries import trial_balance
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import Charge
from tenant_apps.settlements.models import Payout, Settlement
from tenant_apps.tracking.models import Event, Touch
from tests.running import Installation


@pytest.fixture(scope="module")
def casts(installation: Installation) -> dict[str, Cast]:
    return {"EUR": installation.cast(0, "journey"), "KRW": installation.cast(1, "journey")}


@pytest.fixture(scope="module")
def told(installation: Installation, casts: dict[str, Cast]) -> dict[str, Told]:
    return {currency: installation.story(cast).tell() for currency, cast in casts.items()}


@pytest.fixture(params=["EUR", "KRW"])
def cast(request: Any, casts: dict[str, Cast]) -> Cast:
    return casts[request.param]


EARNED = {"EUR": [4618, 487, 487], "KRW": [17455, 1000, 1000]}
STATEMENTS = {
    "EUR": [{"net": 5105, "payout": 5105, "closing": 0}, {"net": -1822, "payout": 0, "closing": -1822}],
    "KRW": [{"net": 18455, "payout": 18455, "closing": 0}, {"net": -7728, "payout": 0, "closing": -7728}],
}


def test_each_order_earns_its_commission_to_the_cent(cast: Cast, told: dict[str, Told]) -> None:
    assert [order["commission"] for order in told[cast.brand.currency].orders] == EARNED[cast.brand.currency]


def test_statements_pay_out_and_carry_the_clawback_forward(cast: Cast, told: dict[str, Told]) -> None:
    rows = told[cast.brand.currency].statements
    assert [{key: row[key] for key in ("net", "payout", "closing")} for row in rows] == STATEMENTS[cast.brand.currency]
    with brand_entered(cast.brand):
        first, second = Settlement.objects.order_by("pk")
        assert second.opening_minor == first.closing_minor
        assert second.opening_minor + second.net_minor - second.payout_minor == second.closing_minor
        assert first.approved_by != first.drafted_by


def test_the_pdf_is_a_pdf(cast: Cast, told: dict[str, Told]) -> None:
    for row in told[cast.brand.currency].statements:
        assert row["pdf"].startswith(b"%PDF-1.")
        assert len(row["pdf"]) > 8_000


def test_each_thing_happened_once(cast: Cast, told: dict[str, Told]) -> None:
    with brand_entered(cast.brand):
        assert Event.objects.count() == 1
        assert Lead.objects.count() == 1
        assert Lead.objects.get().times_asked == 2
        assert Order.objects.count() == Charge.objects.count() == Attribution.objects.count() == 3
        assert Commission.objects.filter(kind="earning").count() == 3
        assert Commission.objects.filter(kind="clawback").count() == 1
        assert Payout.objects.count() == 1
        assert Touch.objects.filter(site__isnull=False).count() == 1


def test_the_clawback_points_at_its_original(cast: Cast, told: dict[str, Told]) -> None:
    with brand_entered(cast.brand):
        clawback = Commission.objects.get(kind="clawback")
        assert clawback.reverses is not None
        assert clawback.reverses.state == "paid"
        assert clawback.reverses.amount_minor == EARNED[cast.brand.currency][0]
        assert clawback.settlement_line.settlement.period.state == "closed"


def test_the_books_balance_and_equal_the_statements(
    cast: Cast, told: dict[str, Told], installation: Installation
) -> None:
    installation.stack.manage("settlements", "check", "--brand", cast.domain)
    installation.stack.manage("ledger", "verify", "--brand", cast.domain)
    with brand_entered(cast.brand):
        rows = trial_balance()
        assert {row.currency for row in rows} == {cast.brand.currency}
        assert sum(row.signed_minor for row in rows) == 0
        assert sum(row.debit_minor for row in rows) > 0


def test_the_partner_sees_both_brands_and_no_sum_over_currencies(
    casts: dict[str, Cast], told: dict[str, Told], installation: Installation
) -> None:
    for cast in casts.values():
        installation.wait_until_drained(cast)
    brands = [cast.brand.pk for cast in casts.values()]
    partner = Partner.objects.get(email=PARTNER["email"])
    statements = PartnerStatement.objects.filter(partner=partner, brand__in=brands).order_by("pk")
    assert [row.currency for row in statements] == ["EUR", "EUR", "KRW", "KRW"]
    balances = {row.currency: row for row in PartnerBalance.objects.filter(partner=partner, brand__in=brands)}
    assert sorted(balances) == ["EUR", "KRW"]
    assert balances["EUR"].paid_minor == 5105
    assert balances["KRW"].paid_minor == 18455
    assert balances["EUR"].payable_minor == -1822
    assert balances["KRW"].payable_minor == -7728


def test_nothing_is_left_in_the_background(cast: Cast, told: dict[str, Told], installation: Installation) -> None:
    installation.wait_until_drained(cast)
    with brand_entered(cast.brand):
        assert list(Delivery.objects.filter(state="dead")) == []


def test_every_state_change_is_audited(cast: Cast, told: dict[str, Told]) -> None:
    with brand_entered(cast.brand):
        verbs = set(AuditEvent.objects.values_list("verb", flat=True))
        assert {
            "brand.provisioned", "order.paid", "order.fulfilled", "commission.confirmed", "commission.payable",
            "commission.paid", "period.closed", "settlement.approved", "settlement.issued", "payout.paid",
        } <= verbs  # fmt: skip
        approvals = AuditEvent.objects.filter(verb="settlement.approved")
        assert all(event.actor_kind == "operator" and event.request_id for event in approvals)
        assert all(event.recorded_at <= utc_now() for event in AuditEvent.objects.all())
