from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F

from kernel import sealing
from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, change_states, record, record_all
from shared_apps.brands.entering import entered_brand
from shared_apps.partners.queries import payout_profiles, payouts_frozen_until
from tenant_apps.payments.queries import can_transfer
from tenant_apps.settlements.actions.paying import dispatch_all
from tenant_apps.settlements.actions.transferring import transfer_all
from tenant_apps.settlements.errors import (
    BatchNotReady,
    FileHandedOut,
    NothingToBatch,
    RowsRefused,
    SecondPersonNeeded,
)
from tenant_apps.settlements.models import BatchFile, BatchItem, Payout, PayoutBatch, Settlement
from tenant_apps.settlements.queries import Candidate, awaiting_payout, items_of, paying_account, payout_candidates
from tenant_apps.settlements.rules.payouts import banking_day
from tenant_apps.settlements.states import BATCH, PAYOUT, BatchMethod, BatchState, PayoutState

SEALED_FOR = b"tributary settlements bank files"


@transaction.atomic
def make_batch(
    *, method: BatchMethod, currency: str, actor: Actor, at: datetime, settlement_refs: Iterable[str] | None = None
) -> PayoutBatch:
    """Draw up a batch of the payouts that may leave by a method: all of them, or the named ones and no other.

    Each payout is planned by one batch: of two drawn up at the same time the second finds nothing, for
    they wait for each other at the settlements. Raises NothingToBatch; NotFound for a settlement that is
    none of the brand's; RowsRefused when a named one may not leave, and then makes none; BatchNotReady
    without the brand's own account.
    """
    wanted = None if settlement_refs is None else set(settlement_refs)
    if wanted is not None and Settlement.objects.filter(public_id__in=wanted).count() < len(wanted):
        raise NotFound
    account = paying_account()
    if method is BatchMethod.SEPA and account is None:
        raise BatchNotReady("Say the brand's own bank account first: a SEPA file names who pays.")
    if method is BatchMethod.STRIPE and not can_transfer():
        raise BatchNotReady("Connect the brand's own Stripe account first: transfers leave from it.")
    waiting = Settlement.objects.select_for_update().filter(pk__in=awaiting_payout(currency).values("pk"))
    held = {settlement.pk for settlement in waiting.order_by("pk")}
    rows = payout_candidates(method=method, currency=currency, at=utc_now())
    rows = [row for row in rows if row.settlement.pk in held]  # one that was issued meanwhile waits for the next batch
    if wanted is not None:
        rows = _named(rows, wanted)
    rows = [row for row in rows if row.blocked is None]
    if not rows:
        raise NothingToBatch(
            sentence("No payout in %(currency)s may leave by %(method)s now.", currency=currency, method=method)
        )
    batch = PayoutBatch.objects.create(
        method=method, currency=currency, count=len(rows), total_minor=sum(row.settlement.payout_minor for row in rows),
        account=account if method.has_file else None, made_at=at, made_by=actor.person,
        made_by_label=actor.label,
    )  # fmt: skip
    _plan(batch, rows, actor=actor, at=at)
    after = {"method": method.value, "count": batch.count, "total_minor": batch.total_minor, "currency": currency}
    record(actor=actor, verb="batch.made", subject=batch, at=at, after=after)
    return batch


@transaction.atomic
def approve_batch(*, batch: PayoutBatch, actor: Actor, at: datetime) -> PayoutBatch:
    """Approve a draft as the second person; the bank will be asked to pay on the next banking day.

    Raises SecondPersonNeeded for whoever made it, an administrator included; RowsRefused when an account
    was changed since; IllegalTransition when it is no draft.
    """
    batch = _locked(batch)
    if not actor.is_second_after(batch.made_by):
        raise SecondPersonNeeded(sentence("%(label)s made this batch; a second person approves it.", label=actor.label))
    _check_profiles(batch)
    today = at.astimezone(ZoneInfo(entered_brand().timezone)).date()
    change_state(
        batch, BATCH, BatchState.APPROVED, actor=actor, at=at, approved_at=at, approved_by=actor.person,
        approved_by_label=actor.label, execute_on=banking_day(today),
    )  # fmt: skip
    return batch


@transaction.atomic
def withdraw_batch(
    *, batch: PayoutBatch, reason: str, actor: Actor, at: datetime, file_unused: bool = False
) -> PayoutBatch:
    """Take back a batch that was not sent; its payouts may stand in another one.

    Once its file was written, whoever takes it back says that no bank has it. Raises FileHandedOut without that
    word, IllegalTransition once it was sent.
    """
    batch = _locked(batch)
    BATCH.check(BatchState(batch.state), BatchState.WITHDRAWN)
    if BatchFile.objects.filter(batch=batch).exists():
        if not file_unused:
            raise FileHandedOut("Its file was written: say that no bank has it, or mark the batch as sent.")
        record(actor=actor, verb="batch.file_unused", subject=batch, at=at, reason=reason)
    change_state(batch, BATCH, BatchState.WITHDRAWN, actor=actor, at=at, reason=reason)
    planned = _payouts(batch, PayoutState.PLANNED)
    change_states(
        planned,
        PAYOUT,
        PayoutState.FAILED,
        actor=actor,
        at=at,
        reason=reason,
        failure=sentence("Withdrawn: %(reason)s", reason=reason),
    )
    return batch


@transaction.atomic
def send_batch(*, batch: PayoutBatch, actor: Actor, at: datetime) -> PayoutBatch:
    """Say that the batch is on its way: each payout moves from payable to in transit, once.

    The explicit step after the file was given to the bank; a download alone sends nothing. By Stripe each
    one's transfer is recorded with its key, and asked for after commit. Raises
    BatchNotReady without its file, RowsRefused when an account was changed since, IllegalTransition.
    """
    batch = _locked(batch)
    BATCH.check(BatchState(batch.state), BatchState.SENT)
    if BatchMethod(batch.method).has_file and not BatchFile.objects.filter(batch=batch).exists():
        raise BatchNotReady("Its file was not written yet; write it, give it to the bank, then mark it as sent.")
    _check_profiles(batch)
    payouts = _payouts(batch, PayoutState.PLANNED)
    dispatch_all(payouts=payouts, actor=actor, at=at)
    transfer_all(batch=batch, payouts=payouts, actor=actor, at=at)
    change_state(batch, BATCH, BatchState.SENT, actor=actor, at=at, sent_at=at, sent_by_label=actor.label)
    return batch


def _named(rows: list[Candidate], wanted: set[str]) -> list[Candidate]:
    known = {row.settlement.public_id: row for row in rows}
    refused = [
        {"settlement": ref, "reason": known[ref].blocked or "" if ref in known else "not_waiting"}
        for ref in sorted(wanted)
        if ref not in known or known[ref].blocked
    ]
    if refused:
        raise RowsRefused("Some of these payouts cannot leave now; none was taken.", rows=refused)
    return [row for row in rows if row.settlement.public_id in wanted]


def _plan(batch: PayoutBatch, rows: list[Candidate], *, actor: Actor, at: datetime) -> None:
    """Plan a payout per row, anew or its next attempt, and write where each goes: a few statements for all."""
    settlements = [row.settlement for row in rows]
    failed = list(Payout.objects.select_for_update().filter(settlement__in=settlements).order_by("settlement_id"))
    change_states(
        failed, PAYOUT, PayoutState.PLANNED, actor=actor, at=at, attempt=F("attempt") + 1, batch=batch,
        method=batch.method, failure="", reference="", paid_at=None,
    )  # fmt: skip
    for payout in failed:
        payout.attempt += 1
    payouts = {payout.settlement_id: payout for payout in failed}
    first = [
        Payout(
            settlement=settlement, amount_minor=settlement.payout_minor, currency=settlement.currency,
            state=PayoutState.PLANNED, method=batch.method, batch=batch, requested_at=at, requested_by=actor.id,
        )
        for settlement in settlements
        if settlement.pk not in payouts
    ]  # fmt: skip
    payouts |= {payout.settlement_id: payout for payout in Payout.objects.bulk_create(first)}
    told = [(payout, {"amount_minor": payout.amount_minor}) for payout in first]
    record_all(actor=actor, verb="payout.planned", subjects=told, at=at)
    BatchItem.objects.bulk_create(
        _item(batch, position, row, payouts[row.settlement.pk]) for position, row in enumerate(rows, start=1)
    )


def _item(batch: PayoutBatch, position: int, row: Candidate, payout: Payout) -> BatchItem:
    settlement, profile = row.settlement, row.profile
    return BatchItem(
        batch=batch, payout=payout, attempt=payout.attempt, position=position, amount_minor=payout.amount_minor,
        currency=payout.currency, partner_ref=settlement.partner_ref, partner_name=settlement.partner_name,
        profile_ref=profile.ref if profile else "", holder=profile.holder if profile else "",
        account_kind=(profile.account_kind or "") if profile else "", account_last4=profile.last4 if profile else "",
        account_sealed=seal(row.account) if row.account else "", bic=profile.bic if profile else "",
        stripe_account=profile.stripe_account if profile else "", purpose=row.purpose[:140],
    )  # fmt: skip


def seal(text: str) -> str:
    """Encrypt what stands in a bank file."""
    return sealing.seal(text, key=settings.SECRET_KEY, purpose=SEALED_FOR)


def unseal(sealed: str) -> str:
    """Decrypt it; raises kernel.sealing.Unreadable with another SECRET_KEY."""
    return sealing.unseal(sealed, key=settings.SECRET_KEY, purpose=SEALED_FOR)


def _check_profiles(batch: PayoutBatch) -> None:
    """Refuse rows whose partner moved its account since the batch was drawn up, or is frozen by the world's clock."""
    items, now = list(items_of(batch)), utc_now()
    refs = {item.partner_ref for item in items}
    profiles, frozen = payout_profiles(refs), payouts_frozen_until(refs)
    rows = []
    for item in items:
        profile, until = profiles.get(item.partner_ref), frozen.get(item.partner_ref)
        if profile is None or profile.ref != item.profile_ref or (until is not None and now < until):
            rows.append({"payout": item.payout.public_id, "partner": item.partner_name, "reason": "frozen"})
    if rows:
        raise RowsRefused("Some accounts were changed since this batch was made; withdraw it, make another.", rows=rows)


def _locked(batch: PayoutBatch) -> PayoutBatch:
    return PayoutBatch.objects.select_for_update().get(pk=batch.pk)


def _payouts(batch: PayoutBatch, state: PayoutState) -> list[Payout]:
    keys = Payout.objects.filter(batch=batch, state=state).values("settlement_id")
    list(Settlement.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    payouts = Payout.objects.select_related("settlement").select_for_update(of=("self",))
    return list(payouts.filter(batch=batch, state=state).order_by("settlement_id"))


def execution_day(batch: PayoutBatch) -> date:
    """Return the day the bank is asked to pay on; raises BatchNotReady before the batch was approved."""
    if batch.execute_on is None or batch.state not in (BatchState.APPROVED, BatchState.SENT):
        raise BatchNotReady(
            sentence(
                "The batch is %(state)s; its file is written once it is approved.", state=batch.state.replace("_", " ")
            )
        )
    return batch.execute_on
