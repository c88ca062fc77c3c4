"""The worker dies between the question and the answer: the transfer is made once, and found."""

from datetime import timedelta

import pytest
from stripe import StripeClient

from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.models import Delivery
from shared_apps.partners.states import PayoutMethod
from tenant_apps.console.management.story.browsing import until
from tenant_apps.payments.models import PartnerTransfer
from tenant_apps.payments.tasks import resolve_here
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.actions import (
    approve,
    approve_batch,
    close_period,
    issue_statement,
    make_batch,
    send_batch,
)
from tenant_apps.settlements.models import Payout, Settlement
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.states import BatchMethod
from tests.running import PATIENCE, Installation
from tests.settlements.books import ANNA, BEN, JUNE, MAY, earned
from tests.settlements.paying_out import said

pytestmark = pytest.mark.slow


def test_a_worker_killed_while_it_asks_transfers_once(installation: Installation) -> None:
    cast = installation.cast(0, "transfers")
    stripe = StripeClient(
        f"sk_test_{cast.brand.public_id}", base_addresses={"api": installation.stack.sandbox_url}
    ).v1  # fmt: skip
    stripe.payment_intents.create(
        {"amount": 50_000, "currency": "eur", "payment_method": "pm_card_bypassPending", "confirm": True}
    )
    account = str(stripe.accounts.create({"type": "express"}).id)
    installation.knobs(api_delay_ms=6000)
    with brand_entered(cast.brand):
        deal = said(Enrollment.objects.get(), method=PayoutMethod.STRIPE, stripe_account=account)
        earned(deal, 170_00, MAY)
        close_period(label="2026-05", actor=ANNA, at=JUNE)
        settlement = Settlement.objects.get()
        approve(settlement=settlement, actor=BEN, at=JUNE)
        issue_statement(settlement=settlement, at=JUNE)
        batch = make_batch(method=BatchMethod.STRIPE, currency="EUR", actor=ANNA, at=JUNE)
        send_batch(batch=approve_batch(batch=batch, actor=BEN, at=JUNE), actor=BEN, at=JUNE)
    installation.ring(cast)  # this process rings another bell than the worker hears
    with brand_entered(cast.brand):
        asking = Delivery.objects.filter(message__name="transfer.requested").exclude(lease_token="")
        until(asking.exists, what="the worker to take the question", seconds=PATIENCE)
        installation.wait_until_asked()
        installation.kill_worker()
        assert PartnerTransfer.objects.get().state == "requested"
    until(lambda: len(stripe.transfers.list().data) == 1, what="the sandbox to make the transfer", seconds=20)
    installation.knobs(api_delay_ms=0)
    installation.stack.start_worker()
    with brand_entered(cast.brand):
        PartnerTransfer.objects.update(asked_at=utc_now() - timedelta(minutes=5))
        resolve_here()
    installation.wait_until_sent()
    installation.ring(cast)
    with brand_entered(cast.brand):
        until(lambda: Payout.objects.get().state == "paid", what="the payout to arrive", seconds=PATIENCE)
        assert [transfer.amount for transfer in stripe.transfers.list().data] == [170_00]
        assert PartnerTransfer.objects.get().provider_transfer_id == stripe.transfers.list().data[0].id
        assert list(mismatches()) == []
