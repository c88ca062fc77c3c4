from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from shared_apps.audit.models import AuditEvent
from tenant_apps.attribution.models import Attribution
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import waits_for_price
from tenant_apps.commissions.states import CommissionState, HoldReason, Kind
from tenant_apps.console.columns import period_named
from tenant_apps.console.queries.books import entries_about
from tenant_apps.console.queries.timeline import Moment, in_order
from tenant_apps.console.reasons import kind_text, reason_text
from tenant_apps.orders.models import Order
from tenant_apps.settlements.models import SettlementLine


def commission_story(commission: Commission) -> dict[str, Any]:
    """Return a line with its steps and all that became of it: holds, reversals, its settlement, what it booked."""
    settled = SettlementLine.objects.filter(commission=commission).select_related("settlement__period").first()
    reversals = list(commission.reversals.order_by("pk"))
    parts = list(commission.derived.filter(kind=Kind.ADJUSTMENT).order_by("pk"))
    decision = Attribution.objects.filter(public_id=commission.attribution_ref).first()
    is_earning = commission.kind == Kind.EARNING
    moments = [*_own(commission), *_held(commission), *_moved([*reversals, *parts])]
    if settled:
        moments.append(_settled(settled))
    return {
        "commission": commission, "order": Order.objects.filter(public_id=commission.order_ref).first(),
        "attribution": decision, "reversals": reversals, "parts": parts,
        "settlement": settled.settlement if settled else None, "entries": entries_about([commission.public_id]),
        "net_minor": commission.amount_minor + sum(line.amount_minor for line in reversals),
        "may_decide": _is_decided_here(commission), "waits_for_price": waits_for_price(commission),
        "priced_as": _line(commission.voided_by), "in_place_of": _line(commission.cause_ref if is_earning else ""),
        "timeline": in_order(moments),
    }  # fmt: skip


def _line(ref: str) -> Commission | None:
    return Commission.objects.filter(public_id=ref).first() if ref else None


def _is_decided_here(commission: Commission) -> bool:
    """Whether an operator may hold, release or cancel the line: it stands on its own and is not payable yet."""
    state = CommissionState(commission.state)
    is_claimed = commission.held_for == HoldReason.DISPUTED and state is CommissionState.HOLD
    stands_alone = Kind(commission.kind).is_original and commission.moves_with_id is None
    return stands_alone and state.is_before_payable and not is_claimed


def _own(commission: Commission) -> list[Moment]:
    facts = (
        (commission.accrued_at, "paid", kind_text(commission.kind), reason_text(commission.reason), "info"),
        (commission.confirmed_at, "verified", _("Commission confirmed"), "", "success"),
        (commission.payable_at, "schedule", _("Commission payable: the hold is over"), "", "success"),
        (commission.paid_at, "payments", _("Commission paid"), "", "success"),
    )
    return [Moment(at=at, icon=icon, title=title, text=text, tone=tone) for at, icon, title, text, tone in facts if at]


def _held(commission: Commission) -> list[Moment]:
    """Return when the line began and ended to wait for a person, as the audit log has it."""
    told = AuditEvent.objects.filter(subject_kind="commission", subject_id=commission.public_id).order_by("pk")
    moments = []
    for event in told:
        before, after = (event.before or {}).get("state"), (event.after or {}).get("state")
        if before == after or "hold" not in (before, after):
            continue
        title = _("Put on hold") if after == "hold" else _("Hold lifted")
        text = " · ".join(filter(None, (event.actor_label, event.reason)))
        moments.append(Moment(at=event.at, icon="pause_circle", title=title, text=text, tone="warning"))
    return moments


def _moved(lines: list[Commission]) -> list[Moment]:
    return [
        Moment(
            at=line.accrued_at, icon="undo" if line.amount_minor < 0 else "redo", title=kind_text(line.kind),
            text=reason_text(line.reason), tone="danger" if line.amount_minor < 0 else "info",
            amount_minor=line.amount_minor, currency=line.currency, steps=line.explanation,
            url=reverse("admin:commissions_commission_change", args=[line.pk]),
        )
        for line in lines
    ]  # fmt: skip


def _settled(line: SettlementLine) -> Moment:
    return Moment(
        at=line.settlement.drafted_at, icon="calendar_month", amount_minor=line.amount_minor,
        title=_("Settled in %(period)s") % {"period": period_named(line.settlement.period)},
        currency=line.settlement.currency,
        url=reverse("admin:settlements_settlement_change", args=[line.settlement_id]),
    )  # fmt: skip
