from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from shared_apps.brands.clock import now
from tenant_apps.attribution.models import Attribution
from tenant_apps.attribution.queries import channel_text, suspicions_of
from tenant_apps.commissions.models import Commission
from tenant_apps.console.columns import period_named
from tenant_apps.console.queries.books import entries_about
from tenant_apps.console.queries.timeline import Moment, in_order
from tenant_apps.console.reasons import kind_text, reason_text
from tenant_apps.console.showing import word_of
from tenant_apps.customers.models import Customer, Lead
from tenant_apps.orders.models import Order, OutsideRefund
from tenant_apps.payments.models import PaymentIntent, Refund
from tenant_apps.settlements.models import SettlementLine
from tenant_apps.tracking.models import Touch


def order_story(order: Order) -> dict[str, Any]:
    """Return an order with all that hangs on it: touches, payment, attribution, commissions, ledger, statements."""
    intents = list(PaymentIntent.objects.filter(order_ref=order.public_id).select_related("charge").order_by("-pk"))
    charge = next((intent.charge for intent in intents if hasattr(intent, "charge")), None)
    refunds = list(Refund.objects.filter(charge=charge).order_by("pk")) if charge else []
    attribution = Attribution.objects.filter(order_ref=order.public_id).order_by("-version").first()
    commissions = list(
        Commission.objects.filter(order_ref=order.public_id)
        .select_related("enrollment", "contract_version")
        .order_by("pk")
    )
    settled = list(
        SettlementLine.objects.filter(commission__order_ref=order.public_id)
        .select_related("settlement__period", "commission")
        .order_by("pk")
    )
    touches = _touches(order)
    lines = list(order.lines.order_by("position"))
    outside = list(order.outside_refunds.order_by("pk"))
    refs = [order.public_id, *(refund.public_id for refund in refunds), *(line.public_id for line in commissions)]
    entries = entries_about([*refs, *([charge.public_id] if charge else [])])
    return {
        "order": order, "lines": lines, "intents": intents, "charge": charge, "refunds": refunds,
        "outside_left": order.left_minor if order.paid_at and not charge else 0,
        "suspicions": suspicions_of(order.public_id),
        "attribution": attribution, "commissions": commissions, "settled": settled, "entries": entries,
        "refundable_minor": charge.amount_minor - charge.refunded_minor - charge.refunding_minor if charge else 0,
        "timeline": in_order(
            [
                *touches, *_sale(order, intents), *_refunds(refunds), *_outside(outside), *_credit(attribution),
                *_earned(commissions), *_settled(settled),
            ]
        ),
    }  # fmt: skip


def lead_story(lead: Lead) -> dict[str, Any]:
    """Return a lead with its customer's touches and orders."""
    touches = (
        Touch.objects.filter(visitor_ref=lead.visitor_ref).select_related("enrollment", "site")
        if lead.visitor_ref
        else []
    )
    return {"lead": lead, "touches": touches, "orders": lead.customer.orders.order_by("-pk")}


def customer_story(customer: Customer) -> dict[str, Any]:
    """Return a customer with leads and orders."""
    return {
        "customer": customer,
        "leads": customer.leads.select_related("offer", "site").order_by("-pk"),
        "orders": customer.orders.order_by("-pk"),
    }


def _touches(order: Order) -> list[Moment]:
    if not order.visitor_ref:
        return []
    touches = Touch.objects.filter(visitor_ref=order.visitor_ref, at__lte=order.paid_at or now()).select_related(
        "enrollment", "site", "link"
    )
    return [
        Moment(
            at=touch.at, icon="ads_click", title=_("Touch: %(who)s") % {"who": touch.enrollment},
            text=" · ".join(filter(None, (channel_text(touch.channel), *_where(touch)))),
        )
        for touch in touches
    ]  # fmt: skip


def _where(touch: Touch) -> tuple[str, ...]:
    return str(touch.site or ""), touch.campaign, touch.placement, touch.referrer


def _sale(order: Order, intents: list[PaymentIntent]) -> list[Moment]:
    moments = [
        Moment(at=order.placed_at, icon="shopping_cart", title=_("Order placed"), text=str(order.customer),
               amount_minor=order.total_minor, currency=order.currency),
    ]  # fmt: skip
    for intent in intents:
        moments.append(
            Moment(
                at=intent.opened_at,
                icon="point_of_sale",
                title=_("Checkout opened"),
                text=word_of(intent.state),
            )
        )
        if hasattr(intent, "charge"):
            moments.append(
                Moment(
                    at=intent.charge.captured_at,
                    icon="credit_card",
                    title=_("Payment received"),
                    tone="success",
                    text=intent.charge.provider_charge_id,
                    amount_minor=intent.charge.amount_minor,
                    currency=order.currency,
                )
            )
    if order.fulfilled_at:
        moments.append(Moment(at=order.fulfilled_at, icon="task_alt", title=_("Fulfilled"), tone="success"))
    return moments


def _refunds(refunds: list[Refund]) -> list[Moment]:
    return [
        Moment(
            at=refund.refunded_at or refund.settled_at or refund.requested_at,
            icon="undo",
            title=_("Refund: %(state)s") % {"state": word_of(refund.state, "refund")},
            tone="danger",
            text=refund.reason,
            amount_minor=-refund.amount_minor,
            currency=refund.currency,
        )
        for refund in refunds
    ]


def _outside(refunds: list[OutsideRefund]) -> list[Moment]:
    return [
        Moment(
            at=refund.told_at, icon="undo", title=_("Refund told by %(source)s") % {"source": word_of(refund.source)},
            text=" · ".join(filter(None, (refund.external_id, date_format(refund.refunded_on), refund.reason))),
            tone="danger", amount_minor=-refund.applied_minor, currency=refund.currency,
        )
        for refund in refunds
    ]  # fmt: skip


def _credit(attribution: Attribution | None) -> list[Moment]:
    if attribution is None:
        return []
    shares = attribution.shares.select_related("enrollment").order_by("position")
    return [
        Moment(
            at=attribution.decided_at, icon="alt_route", title=_("Attribution decided"), tone="info",
            text=", ".join(str(share.enrollment) for share in shares) or _("nobody earned it"),
            url=reverse("admin:attribution_attribution_change", args=[attribution.pk]),
        )
    ]  # fmt: skip


def _earned(commissions: list[Commission]) -> list[Moment]:
    moments = []
    for commission in commissions:
        url = reverse("admin:commissions_commission_change", args=[commission.pk])
        moments.append(
            Moment(
                at=commission.accrued_at,
                icon="paid",
                title=kind_text(commission.kind),
                text=" · ".join(part for part in (str(commission.enrollment), reason_text(commission.reason)) if part),
                tone="danger" if commission.amount_minor < 0 else "info",
                steps=commission.explanation,
                url=url,
                amount_minor=commission.amount_minor,
                currency=commission.currency,
            )
        )
        for at, icon, said in (
            (commission.confirmed_at, "verified", _("Commission confirmed")),
            (commission.payable_at, "schedule", _("Commission payable: the hold is over")),
            (commission.paid_at, "payments", _("Commission paid")),
        ):
            if at and commission.kind == "earning":
                moments.append(
                    Moment(at=at, icon=icon, title=said, text=str(commission.enrollment), tone="success", url=url)
                )
    return moments


def _settled(lines: list[SettlementLine]) -> list[Moment]:
    return [
        Moment(
            at=line.settlement.drafted_at,
            icon="calendar_month",
            title=_("Settled in %(period)s") % {"period": period_named(line.settlement.period)},
            text=line.settlement.partner_name,
            amount_minor=line.amount_minor,
            currency=line.settlement.currency,
            url=reverse("admin:settlements_settlement_change", args=[line.settlement_id]),
        )
        for line in lines
    ]
