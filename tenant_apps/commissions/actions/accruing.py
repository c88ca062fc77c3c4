from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from kernel.actor import Actor
from kernel.payload import Payload
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.queries import attribution_by_ref, fraction_of
from tenant_apps.attribution.queries import shares as shares_of
from tenant_apps.commissions.actions.booking import book_accrued
from tenant_apps.commissions.actions.engine import ENGINE
from tenant_apps.commissions.actions.grouping import lock_accrual, lock_progress
from tenant_apps.commissions.actions.maturing import confirm
from tenant_apps.commissions.errors import UnknownAttribution, UnknownOrder
from tenant_apps.commissions.events import CommissionAccrued
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import earnings_of_attribution, facts_of_sale, inputs_of, progress_of
from tenant_apps.commissions.rules import CommissionLine, Contract, Progress, Sale, commission_for, parse_contract
from tenant_apps.commissions.states import CommissionState, Kind
from tenant_apps.orders.queries import order_by_ref, sale_of
from tenant_apps.programs.queries import effective_contract

if TYPE_CHECKING:
    from tenant_apps.attribution.models import Attribution, Share
    from tenant_apps.orders.models import Order
    from tenant_apps.programs.models import ContractVersion

NO_CONTRACT, NO_RULE = "no_contract", "no_rule"


@transaction.atomic
def accrue(*, attribution_ref: str, at: datetime, actor: Actor = ENGINE) -> list[Commission]:
    """Write what each share of a conversion earns on each line of its order, once; return the lines.

    Terms are those in effect when the order was paid. The rule's pay is scaled by the share and
    rounded once. A line without terms or rule is written with its reason and held: nobody is paid by
    a default. An order that is fulfilled already confirms its lines at once. Raises UnknownAttribution.
    """
    attribution = attribution_by_ref(attribution_ref)
    if attribution is None:
        raise UnknownAttribution(f"There is no attribution {attribution_ref}.", attribution=attribution_ref)
    # The order is read under the lock: fulfilled before it, we confirm; after it, confirm_order finds the lines.
    lock_accrual(attribution.order_ref)
    written = list(earnings_of_attribution(attribution_ref))
    if written:
        return written
    order = order_by_ref(attribution.order_ref)
    if order is None:
        raise UnknownOrder(f"There is no order {attribution.order_ref}.", order=attribution.order_ref)
    # Rules that look at what went before are computed one after the other per enrollment, in one order.
    shares = sorted(shares_of(attribution), key=lambda share: share.enrollment_id)
    lines = [line for share in shares for line in lines_of_share(attribution, share, order)]
    return write_accrued(lines, order, at, actor)


def write_accrued(lines: list[Commission], order: "Order", at: datetime, actor: Actor) -> list[Commission]:
    """Save, book and tell what an order earned; what is not held is confirmed when the order is fulfilled by now."""
    Commission.objects.bulk_create(lines)
    for line in lines:
        book_accrued(line, at)
        publish(CommissionAccrued(at=at, partner_ref=line.partner_ref, commission_ref=line.public_id))
    if order.fulfilled_at is not None:
        for line in lines:
            if line.state == CommissionState.PENDING:
                confirm(commission=line, actor=actor, at=max(at, order.fulfilled_at))
    return lines


def lines_of_share(attribution: "Attribution", share: "Share", order: "Order") -> Iterator[Commission]:
    """Yield what a share earns on each line of its order, not saved yet."""
    facts = replace(
        facts_of_sale(order), site=share.site_ref or None, campaign=share.campaign or None, share=fraction_of(share)
    )
    version = effective_contract(share.enrollment_id, order.currency, facts.at)
    if version is None:
        for sold in sale_of(order).lines:
            step = {"label": "No contract", "value": f"in {order.currency} on {facts.at.date().isoformat()}"}
            yield _line(
                attribution, share, facts, None, line_ref=sold.ref, state=CommissionState.HOLD, reason=NO_CONTRACT,
                net_minor=sold.gross_minor - sold.discount_minor - sold.tax_minor,
                base_minor=sold.gross_minor - sold.discount_minor, amount_minor=0, explanation=[step],
            )  # fmt: skip
        return
    contract = parse_contract(Payload({"currency": version.currency, "rules": version.rules}, "contract"))
    facts = replace(facts, progress=_progress(contract, facts, share.enrollment_id, order.public_id))
    earned = {line.line: line for line in commission_for(contract=contract, sale=facts).lines}
    for sold in sale_of(order).lines:
        line = earned[sold.ref]
        yield _line(
            attribution, share, facts, version, line_ref=sold.ref, rule=line.rule or "", reason=str(line.reason or ""),
            state=CommissionState.HOLD if line.reason == NO_RULE else CommissionState.PENDING,
            net_minor=line.base_minor, base_minor=sold.gross_minor - sold.discount_minor,
            amount_minor=max(0, line.amount_minor), explanation=_explained(line),
        )  # fmt: skip


def _line(
    attribution: "Attribution", share: "Share", facts: Sale, version: "ContractVersion | None", **values: object
) -> Commission:
    hold = timedelta(days=version.hold_days if version else 0)
    return Commission(
        kind=Kind.EARNING, enrollment=share.enrollment, partner_ref=share.enrollment.partner_ref,
        order_ref=attribution.order_ref, attribution_ref=attribution.public_id, contract_version=version,
        currency=attribution.currency, share=f"{share.numerator}/{share.denominator}", inputs=inputs_of(facts),
        accrued_at=facts.at, matures_at=facts.at + hold, **values,
    )  # fmt: skip


def _progress(contract: Contract, facts: Sale, enrollment_id: int, order_ref: str) -> dict[str, Progress]:
    """Return what the contract's rules saw before, holding the enrollment: two sales at once must not share a cap."""
    progress = progress_of(contract, facts.at, enrollment_id, apart_from=order_ref)
    if progress:
        lock_progress(enrollment_id)
        progress = progress_of(contract, facts.at, enrollment_id, apart_from=order_ref)
    return progress


def _explained(line: CommissionLine) -> list[dict[str, str]]:
    steps = [{"label": step.label, "value": step.value} for step in line.steps]
    if line.amount_minor < 0:
        # Falling tiers can ask for money back on a new sale; only a refund may take back.
        steps.append({"label": "A sale never takes back", "value": "0"})
    return steps
