"""A payout paid twice is the worst that can happen: what people and late words could do to it, tried one by one."""

from typing import Any

import pytest

from kernel.clock import utc_now
from tenant_apps.ledger.queries import balance
from tenant_apps.payments.errors import FactsDiffer
from tenant_apps.payments.models import PartnerTransfer
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.settlements import errors
from tenant_apps.settlements.actions import (
    approve_batch,
    confirm_payout,
    download_file,
    fail_payout,
    issue_statement,
    make_batch,
    request_payout,
    return_payout,
    send_batch,
    withdraw_batch,
    write_file,
)
from tenant_apps.settlements.models import Payout, PayoutBatch
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.states import BatchMethod
from tests.settlements.books import ANNA, BEN, JULY, JUNE, enrolled
from tests.settlements.paying_out import IBANS, issued_for, payable, paying, said, transferred


def approved(method: BatchMethod = BatchMethod.SEPA) -> PayoutBatch:
    return approve_batch(batch=make_batch(method=method, currency="EUR", actor=ANNA, at=JUNE), actor=BEN, at=JUNE)


def test_what_is_said_late_of_an_attempt_says_nothing_of_the_next(in_aurora: Any) -> None:
    [settlement] = payable(in_aurora, 100_00)
    payout = request_payout(settlement=settlement, actor=BEN, at=JUNE)
    fail_payout(payout=payout, reason="AC04", attempt=1, actor=BEN, at=JUNE)
    payout = request_payout(settlement=settlement, actor=BEN, at=JULY)
    with pytest.raises(errors.AttemptOver):  # the same word again, from a page that was left open
        fail_payout(payout=payout, reason="AC04", attempt=1, actor=BEN, at=JULY)
    with pytest.raises(errors.AttemptOver):
        confirm_payout(payout=payout, reference="OLD", attempt=1, actor=BEN, at=JULY)
    confirm_payout(payout=payout, reference="NEW", attempt=2, actor=BEN, at=JULY)
    with pytest.raises(errors.AttemptOver):
        return_payout(payout=payout, reason="AC06", attempt=1, actor=BEN, at=JULY)
    payout.refresh_from_db()
    assert (payout.state, payout.attempt, balance("bank", "EUR")) == ("paid", 2, -100_00)
    assert list(mismatches()) == []


def test_a_file_that_may_be_with_the_bank_is_not_taken_back_unsaid(in_aurora: Any) -> None:
    payable(in_aurora, 100_00)
    paying()
    batch = approved()
    first = download_file(batch=batch, actor=BEN, at=JUNE)
    assert download_file(batch=batch, actor=ANNA, at=JULY) == first  # the same message id: banks take it once
    with pytest.raises(errors.FileHandedOut):
        withdraw_batch(batch=batch, reason="wrong day", actor=BEN, at=JUNE)
    assert (Payout.objects.get().state, PayoutBatch.objects.get().state) == ("planned", "approved")
    withdraw_batch(batch=batch, reason="wrong day", file_unused=True, actor=BEN, at=JUNE)
    for hand_out in (download_file, write_file):
        with pytest.raises(errors.BatchNotReady):
            hand_out(batch=batch, actor=BEN, at=JUNE)
    with pytest.raises(errors.DomainError):
        send_batch(batch=batch, actor=BEN, at=JUNE)
    again = approved()
    assert (Payout.objects.get().batch_id, Payout.objects.get().attempt) == (again.pk, 2)
    assert first[1] != download_file(batch=again, actor=BEN, at=JUNE)[1]


def test_an_account_that_moves_after_the_approval_stops_its_batch(in_aurora: Any) -> None:
    [settlement] = payable(in_aurora, 100_00)
    paying()
    batch = approved()
    write_file(batch=batch, actor=BEN, at=JUNE)
    said(Enrollment.objects.get(), at=utc_now(), account=IBANS[2])
    with pytest.raises(errors.RowsRefused):
        send_batch(batch=batch, actor=BEN, at=JUNE)
    with pytest.raises(errors.PayoutFrozen):
        request_payout(settlement=settlement, actor=BEN, at=JUNE)
    assert (Payout.objects.get().state, balance("bank", "EUR")) == ("planned", 0)


def test_a_minimum_lowered_later_pays_no_settlement_that_was_carried(in_aurora: Any) -> None:
    deal = said(enrolled(in_aurora, minimum=500_00))
    [settlement] = issued_for((deal, 100_00))
    ContractVersion.objects.update(minimum_payout_minor=0)
    paying()
    for currency in ("EUR", "USD"):
        with pytest.raises(errors.NothingToBatch):
            make_batch(method=BatchMethod.SEPA, currency=currency, actor=ANNA, at=JUNE)
    with pytest.raises(errors.NotPayable):
        request_payout(settlement=settlement, actor=BEN, at=JUNE)
    assert (issue_statement(settlement=settlement, at=JULY).number, Payout.objects.count()) == ("ST-2026-000001", 0)


def test_the_nightly_proof_names_a_payout_that_arrived_twice(in_aurora: Any, drain: Any) -> None:
    payout = transferred(enrolled(in_aurora), 100_00, 30_00)
    drain()
    assert list(mismatches()) == []
    first = PartnerTransfer.objects.get()
    twin = {field.name: getattr(first, field.name) for field in PartnerTransfer._meta.concrete_fields}
    twin |= {"id": None, "public_id": "ptr_twin", "attempt": 2, "provider_transfer_id": "tr_twin", "reversed_minor": 0}
    PartnerTransfer.objects.create(**twin)
    found = [(mismatch.check, mismatch.where) for mismatch in mismatches()]
    assert found == [("paid_twice", payout.public_id)]


def test_a_part_that_came_back_is_never_more_than_the_payout(in_aurora: Any, drain: Any) -> None:
    with pytest.raises(FactsDiffer, match="have come back of a transfer"):
        transferred(enrolled(in_aurora), 100_00, 60_00, 40_01)
    drain()
    payout = Payout.objects.get()
    assert (payout.state, payout.returned_minor, PartnerTransfer.objects.get().reversed_minor) == ("paid", 60_00, 60_00)
    assert list(mismatches()) == []
