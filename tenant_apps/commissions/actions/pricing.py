"""What a share of a sale earns by the rules, line by line, before anything is written."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tenant_apps.attribution.queries import fraction_of
from tenant_apps.commissions.actions.grouping import lock_progress
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import (
    contract_of,
    exchange_as_dict,
    exchange_of_order,
    facts_of_sale,
    inputs_of,
    lines_of_sale,
    progress_of,
    rules_paid_of_order,
    stored_facts,
)
from tenant_apps.commissions.rules import (
    CommissionLine,
    Contract,
    Exchange,
    Line,
    Progress,
    Sale,
    Step,
    ZeroReason,
    commission_for,
)
from tenant_apps.commissions.states import CommissionState, Kind, Reason
from tenant_apps.programs.queries import converting_terms_for, terms_for

if TYPE_CHECKING:
    from tenant_apps.attribution.models import Attribution, Share
    from tenant_apps.orders.models import Order
    from tenant_apps.programs.models import ContractVersion

HELD = (ZeroReason.NO_RULE, ZeroReason.UNKNOWN_FACT)


def in_turn(shares: Iterable["Share"]) -> list["Share"]:
    """Return shares in the order in which they are priced: partner by partner, the older deal of one first.

    All writers lock the progress of partners in this order; and two deals of one partner that share a cap
    fill it in this order, however the decision lists them.
    """
    return sorted(shares, key=lambda share: (share.enrollment.partner_ref, share.enrollment_id))


def lines_of_share(
    attribution: "Attribution", share: "Share", order: "Order", before: Iterable[Commission] = ()
) -> list[Commission]:
    """Return what a share earns on each line of its order, not saved yet.

    `before` are the lines of the decision's shares that come first in turn: a cap per partner counts those of
    its other deals. Holds the partner's progress where terms look back, so the caller must save in the same
    transaction.
    """
    return _priced_share(attribution, share, order, _told_by(facts_of_sale(order), share), list(before))


def line_priced_again(attribution: "Attribution", share: "Share", order: "Order", held: Commission) -> Commission:
    """Return what a held line earns by the terms of its sale as they are now, not saved yet.

    At the facts that were frozen in it, by the share of the decision in force. What was written since counts as
    before, the order's other lines too, and a rule that paid one of them pays no second amount per order.
    """
    facts = replace(stored_facts(held, ()), lines=lines_of_sale(order), only=frozenset({held.line_ref}))
    return _priced_share(attribution, share, order, _told_by(facts, share), None)[0]


def _told_by(facts: Sale, share: "Share") -> Sale:
    return replace(
        facts, site=share.site_ref or None, campaign=share.campaign or None, placement=share.placement or None,
        share=fraction_of(share), partner=share.enrollment.partner_ref,
    )  # fmt: skip


def _priced_share(
    attribution: "Attribution", share: "Share", order: "Order", facts: Sale, before: list[Commission] | None
) -> list[Commission]:
    version, exchange, missing = _terms_of(share, order, facts)
    if version is None or missing is not None:
        reason = Reason.NO_RATE if version else Reason.NO_CONTRACT
        return [_unpaid(attribution, share, facts, line, reason, missing) for line in facts.priced]
    if exchange is not None:
        facts = replace(facts, lines=tuple(exchange.line(line) for line in facts.lines))
    contract = contract_of(version)
    if contract.looks_back:
        lock_progress(share.enrollment.partner_ref)
    facts = replace(facts, progress=_seen(contract, version, share, order, facts, before))
    earned = {line.line: line for line in commission_for(contract=contract, sale=facts).lines}
    sold = {line.id: line for line in lines_of_sale(order)}
    return [
        _converted(_priced(attribution, share, facts, version, line, earned[line.id]), exchange, sold[line.id])
        for line in facts.priced
    ]


def _seen(
    contract: Contract, version: "ContractVersion", share: "Share", order: "Order", facts: Sale,
    before: list[Commission] | None,
) -> dict[str, Progress]:  # fmt: skip
    """Return what the rules have seen before: of an order that is decided now, or of which a line is priced again."""
    deal = share.enrollment
    seen: dict[str, Any] = {
        "contract": contract, "version_id": version.pk, "at": facts.at, "enrollment": deal,
        "customer_id": order.customer_id,
    }  # fmt: skip
    if before is not None:
        beside = sum(
            line.amount_minor for line in before
            if line.partner_ref == deal.partner_ref and line.currency == contract.currency
        )  # fmt: skip
        return progress_of(**seen, apart_from=order.public_id, beside_minor=beside)
    progress = progress_of(**seen, order_ref=order.public_id)
    for rule in rules_paid_of_order(order.public_id, deal.pk):
        progress[rule] = replace(progress.get(rule, Progress()), has_paid=True)
    return progress


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
