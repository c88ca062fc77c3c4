from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from kernel.actor import Actor
from kernel.sentences import sentence
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.queries import attribution_by_ref, fraction_of
from tenant_apps.attribution.queries import shares as shares_of
from tenant_apps.commissions.actions.booking import book_accrued
from tenant_apps.commissions.actions.engine import ENGINE
from tenant_apps.commissions.actions.grouping import lock_accrual, lock_progress
from tenant_apps.commissions.actions.leveling import levels_of
from tenant_apps.commissions.actions.maturing import confirm
from tenant_apps.commissions.actions.trueing import true_up_sale
from tenant_apps.commissions.errors import UnknownAttribution, UnknownOrder
from tenant_apps.commissions.events import CommissionAccrued
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import (
    contract_of,
    earnings_of_attribution,
    exchange_as_dict,
    exchange_of_order,
    facts_of_sale,
    inputs_of,
    lines_of_sale,
    progress_of,
)
from tenant_apps.commissions.rules import CommissionLine, Exchange, Line, Sale, Step, ZeroReason, commission_for
from tenant_apps.commissions.states import CommissionState, Kind, Reason
from tenant_apps.orders.queries import order_by_ref
from tenant_apps.programs.queries import converting_terms_for, terms_for

if TYPE_CHECKING:
    from tenant_apps.attribution.models import Attribution, Share
    from tenant_apps.orders.models import Order
    from tenant_apps.programs.models import ContractVersion

HELD = (ZeroReason.NO_RULE, ZeroReason.UNKNOWN_FACT)


@transaction.atomic
def accrue(*, attribution_ref: str, at: datetime, actor: Actor = ENGINE) -> list[Commission]:
    """Write what each share of a conversion earns on each line of its order, once; return the lines.

    Terms are those in effect when the order was paid. The rule's pay is scaled by the share and
    rounded once. A line without terms or rule is written with its reason and held: nobody is paid by
    a default. An order that is fulfilled already confirms its lines at once. Raises UnknownAttribution.
    """
    attribution = attribution_by_ref(attribution_ref)
    if attribution is None:
        raise UnknownAttribution(
            sentence("There is no attribution %(attribution_ref)s.", attribution_ref=attribution_ref),
            attribution=attribution_ref,
        )
    # The order is read under the lock: fulfilled before it, we confirm; after it, confirm_order finds the lines.
    lock_accrual(attribution.order_ref)
    written = list(earnings_of_attribution(attribution_ref))
    if written:
        return written
    order = order_by_ref(attribution.order_ref)
    if order is None:
        raise UnknownOrder(
            sentence("There is no order %(order_ref)s.", order_ref=attribution.order_ref), order=attribution.order_ref
        )
    # Rules that look at what went before are computed one after the other per partner, in one order.
    shares = sorted(shares_of(attribution), key=lambda share: (share.enrollment.partner_ref, share.enrollment_id))
    lines = []
    for share in shares:
        # Written before the next share is looked at: both may be one partner's and share a cap.
        lines += write_accrued(lines_of_share(attribution, share, order), order, at, actor)
        own = [line for line in lines if line.kind == Kind.EARNING and line.enrollment_id == share.enrollment_id]
        for line in {line.rule: line for line in own}.values():
            true_up_sale(line, cause_ref=order.public_id, at=at)
    return lines


def write_accrued(lines: list[Commission], order: "Order", at: datetime, actor: Actor) -> list[Commission]:
    """Save, book and tell what an order earned, and the levels paid on it; return all of it.

    What is not held is confirmed when the order is fulfilled by now.
    """
    Commission.objects.bulk_create(lines)
    lines = [*lines, *Commission.objects.bulk_create(levels_of(lines))]
    for line in lines:
        book_accrued(line, at)
        publish(CommissionAccrued(at=at, partner_ref=line.partner_ref, commission_ref=line.public_id))
    if order.fulfilled_at is not None:
        for line in lines:
            if line.state == CommissionState.PENDING:
                confirm(commission=line, actor=actor, at=max(at, order.fulfilled_at))
    return lines


def lines_of_share(attribution: "Attribution", share: "Share", order: "Order") -> list[Commission]:
    """Return what a share earns on each line of its order, not saved yet.

    Holds the partner's progress where terms look back, so the caller must save in the same transaction.
    """
    facts = replace(
        facts_of_sale(order), site=share.site_ref or None, campaign=share.campaign or None,
        placement=share.placement or None, share=fraction_of(share), partner=share.enrollment.partner_ref,
    )  # fmt: skip
    version, exchange, missing = _terms_of(share, order, facts)
    if version is None or missing is not None:
        reason = Reason.NO_RATE if version else Reason.NO_CONTRACT
        return [_unpaid(attribution, share, facts, line, reason, missing) for line in facts.lines]
    if exchange is not None:
        facts = replace(facts, lines=tuple(exchange.line(line) for line in facts.lines))
    contract = contract_of(version)
    if contract.looks_back:
        lock_progress(share.enrollment.partner_ref)
    facts = replace(
        facts,
        progress=progress_of(
            contract=contract, version_id=version.pk, at=facts.at, enrollment=share.enrollment,
            customer_id=order.customer_id, apart_from=order.public_id,
        ),
    )  # fmt: skip
    earned = {line.line: line for line in commission_for(contract=contract, sale=facts).lines}
    priced = [_priced(attribution, share, facts, version, line, earned[line.id]) for line in facts.lines]
    return [_converted(line, exchange, sold) for line, sold in zip(priced, lines_of_sale(order), strict=True)]


def _terms_of(
    share: "Share", order: "Order", facts: Sale
) -> "tuple[ContractVersion | None, Exchange | None, Step | None]":
    """Return the terms that pay a sale, the rate where they convert it, and what is missing of them, if anything is."""
    day = facts.at.date()
    version = terms_for(share.enrollment_id, order.currency, facts.at, facts.first_charge_at)
    if version is not None:
        return version, None, None
    version = converting_terms_for(share.enrollment_id, facts.at, facts.first_charge_at)
    if version is None:
        return None, None, Step("no_contract", {"currency": order.currency, "day": day.isoformat()})
    exchange = exchange_of_order(order.public_id, base=order.currency, quote=version.currency, day=day)
    if exchange is None:
        wanted = {"base": order.currency, "quote": version.currency, "day": day.isoformat()}
        return version, None, Step("no_exchange_rate", wanted)
    return version, exchange, None


def _unpaid(
    attribution: "Attribution", share: "Share", facts: Sale, line: Line, reason: Reason, missing: Step | None
) -> Commission:
    """Return the held line of a sale that no terms pay: in the sale's currency, for nothing is converted."""
    return _line(
        attribution, share, facts, None, line_ref=line.id, state=CommissionState.HOLD, reason=reason,
        net_minor=line.net_minor, base_minor=line.gross_minor - line.discount_minor, amount_minor=0,
        currency=attribution.currency, explanation=[missing.as_dict()] if missing else [],
    )  # fmt: skip


def _priced(
    attribution: "Attribution", share: "Share", facts: Sale, version: "ContractVersion", sold: Line,
    earned: CommissionLine,
) -> Commission:  # fmt: skip
    line = _line(
        attribution, share, facts, version, line_ref=sold.id, rule=earned.rule or "", reason=str(earned.reason or ""),
        state=CommissionState.HOLD if earned.reason in HELD else CommissionState.PENDING, net_minor=earned.base_minor,
        base_minor=sold.gross_minor - sold.discount_minor, amount_minor=earned.amount_minor,
        currency=version.currency, explanation=[step.as_dict() for step in earned.steps],
    )  # fmt: skip
    if earned.beside:
        line.inputs["beside"] = str(earned.beside)
    return line


def _converted(line: Commission, exchange: Exchange | None, sold: Line) -> Commission:
    """Freeze the rate in a line that was converted, and what the customer paid: refunds come in that currency."""
    if exchange is not None:
        line.sale_currency, line.exchange_rate = exchange.base, exchange.rate
        line.inputs |= {
            "exchange": exchange_as_dict(exchange), "paid_minor": sold.gross_minor - sold.discount_minor,
        }  # fmt: skip
        line.explanation = [*(step.as_dict() for step in exchange.steps(sold)), *line.explanation]
    return line


def _line(
    attribution: "Attribution", share: "Share", facts: Sale, version: "ContractVersion | None", **values: object
) -> Commission:
    hold = timedelta(days=version.hold_days if version else 0)
    return Commission(
        kind=Kind.EARNING, enrollment=share.enrollment, partner_ref=share.enrollment.partner_ref,
        order_ref=attribution.order_ref, attribution_ref=attribution.public_id, contract_version=version,
        share=f"{share.numerator}/{share.denominator}", inputs=inputs_of(facts),
        accrued_at=facts.at, matures_at=facts.at + hold, **values,
    )  # fmt: skip
