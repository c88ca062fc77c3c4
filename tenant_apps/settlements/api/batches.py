from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.pagination import paginate

from kernel.clock import utc_now
from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found
from shared_apps.brands.clock import now
from shared_apps.partners.queries import payout_profile, profile_gaps
from tenant_apps.programs.queries import partners_enrolled
from tenant_apps.settlements import actions, queries
from tenant_apps.settlements.api.statements import printed_as
from tenant_apps.settlements.models import BatchItem, Payout, PayoutBatch
from tenant_apps.settlements.policies import may_pay_out, may_see_settlements
from tenant_apps.settlements.schemas import (
    BatchIn,
    BatchOut,
    CandidateOut,
    ConfirmIn,
    FailIn,
    ItemOut,
    PayoutOut,
    PayoutProfileOut,
    WithdrawIn,
)
from tenant_apps.settlements.states import BatchMethod

router = Router(tags=["payouts"])
Currency = Annotated[str, Query(pattern=r"^[A-Z]{3}$")]


@router.get("/batches", response=list[BatchOut])
@door(may_see_settlements)
@paginate(Pages)
def batches(request: HttpRequest) -> QuerySet[PayoutBatch]:  # noqa: ARG001
    """List payout batches, the latest first."""
    return queries.batches()


@router.get("/batches/candidates", response=list[CandidateOut])
@door(may_see_settlements)
def candidates(request: HttpRequest, method: BatchMethod, currency: Currency) -> list[dict[str, Any]]:  # noqa: ARG001
    """List what waits to be paid out, each with why it cannot leave by this method now."""
    rows = queries.payout_candidates(method=method, currency=currency, at=utc_now())
    return [
        {
            "settlement": row.settlement.public_id, "partner": row.settlement.partner_ref,
            "partner_name": row.settlement.partner_name, "amount_minor": row.settlement.payout_minor,
            "currency": row.settlement.currency, "blocked_because": row.blocked or "", "gaps": list(row.gaps),
            "refused": row.refused, "frozen_until": row.frozen_until,
        }
        for row in rows
    ]  # fmt: skip


@router.post("/batches", response=BatchOut)
@door(may_pay_out)
def make(request: HttpRequest, asked: BatchIn) -> PayoutBatch:
    """Draw up a batch: of all that may leave by a method in a currency, or of the named settlements and no other."""
    batch = actions.make_batch(
        method=BatchMethod(asked.method), currency=asked.currency, settlement_refs=asked.settlements,
        actor=actor_in(request), at=now(),
    )  # fmt: skip
    return found(queries.batch_by_ref(batch.public_id))


@router.get("/batches/{batch}", response=BatchOut)
@door(may_see_settlements)
def batch_of(request: HttpRequest, batch: Ref) -> PayoutBatch:  # noqa: ARG001
    """Show one batch."""
    return found(queries.batch_by_ref(batch))


@router.get("/batches/{batch}/items", response=list[ItemOut])
@door(may_see_settlements)
@paginate(Pages)
def items(request: HttpRequest, batch: Ref) -> QuerySet[BatchItem]:  # noqa: ARG001
    """List the rows of a batch in the order of its file: of each account the last four characters."""
    return queries.items_of(found(queries.batch_by_ref(batch)))


@router.post("/batches/{batch}/approve", response=BatchOut)
@door(may_pay_out)
def approve(request: HttpRequest, batch: Ref) -> PayoutBatch:
    """Approve a batch as the second person."""
    draft = found(queries.batch_by_ref(batch))
    actions.approve_batch(batch=draft, actor=actor_in(request), at=now())
    return found(queries.batch_by_ref(batch))


@router.post("/batches/{batch}/withdraw", response=BatchOut)
@door(may_pay_out)
def withdraw(request: HttpRequest, batch: Ref, told: WithdrawIn) -> PayoutBatch:
    """Take back a batch that was not sent; its payouts may stand in another."""
    unsent = found(queries.batch_by_ref(batch))
    actions.withdraw_batch(
        batch=unsent, reason=told.reason, file_unused=told.file_unused, actor=actor_in(request), at=now()
    )
    return found(queries.batch_by_ref(batch))


@router.get("/batches/{batch}/file", openapi_extra=printed_as("application/octet-stream"))
@door(may_pay_out)
def download(request: HttpRequest, batch: Ref) -> HttpResponse:
    """Download an approved batch's file; it is written once, and downloading it marks nothing as sent."""
    approved = found(queries.batch_by_ref(batch))
    name, content = actions.download_file(batch=approved, actor=actor_in(request), at=now())
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@router.post("/batches/{batch}/send", response=BatchOut)
@door(may_pay_out)
def send(request: HttpRequest, batch: Ref) -> PayoutBatch:
    """Say that the batch is with the bank: its payouts are in transit from now on."""
    written = found(queries.batch_by_ref(batch))
    actions.send_batch(batch=written, actor=actor_in(request), at=now())
    return found(queries.batch_by_ref(batch))


@router.post("/batches/{batch}/confirm", response=BatchOut)
@door(may_pay_out)
def confirm(request: HttpRequest, batch: Ref, told: ConfirmIn) -> PayoutBatch:
    """Record that all of a batch's payouts that are in transit arrived; what came back is said before."""
    sent = found(queries.batch_by_ref(batch))
    actions.confirm_batch(batch=sent, reference=told.reference, actor=actor_in(request), at=now())
    return found(queries.batch_by_ref(batch))


@router.post("/payouts/{payout}/return", response=PayoutOut)
@door(may_pay_out)
def give_back(request: HttpRequest, payout: Ref, told: FailIn) -> Payout:
    """Record that a payout which had arrived came back; it can be sent again."""
    arrived = found(queries.payout_by_ref(payout))
    actions.return_payout(payout=arrived, reason=told.reason, attempt=told.attempt, actor=actor_in(request), at=now())
    return found(queries.payout_by_ref(payout))


@router.get("/partners/{partner}/payout-profile", response=PayoutProfileOut)
@door(may_see_settlements)
def profile_of(request: HttpRequest, partner: Ref) -> dict[str, Any]:  # noqa: ARG001
    """Show where a partner of this brand wants its money, and what it has yet to say; only the partner changes it."""
    found(next((ref for ref in partners_enrolled() if ref == partner), None))
    profile = payout_profile(partner)
    return {
        "partner": partner, "gaps": profile_gaps(partner), "method": profile.method if profile else "",
        "holder": profile.holder if profile else "", "last4": profile.last4 if profile else "",
        "bic": profile.bic if profile else "", "stripe_account": profile.stripe_account if profile else "",
        "frozen_until": profile.frozen_until if profile else None,
    }  # fmt: skip
