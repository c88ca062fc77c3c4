from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.money import Money
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from shared_apps.outbox.actions import publish
from tenant_apps.commissions.actions.booking import book_accrued
from tenant_apps.commissions.actions.grouping import lock_accrual, locked_groups
from tenant_apps.commissions.actions.reversing import bring_to_due
from tenant_apps.commissions.errors import ManualLineDiffers
from tenant_apps.commissions.events import CommissionAccrued
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.rules import Step
from tenant_apps.commissions.states import CommissionState, Kind, Reason
from tenant_apps.orders.queries import order_by_ref, sale_of
from tenant_apps.programs.queries import terms_of_currency
from tenant_apps.programs.states import ManualLines

if TYPE_CHECKING:
    from tenant_apps.orders.models import Order
    from tenant_apps.programs.models import ContractVersion, Enrollment

MOST_MINOR = 10**15
LONGEST_REASON = 500


@transaction.atomic
def write_manual_line(
    *, enrollment: "Enrollment", amount_minor: int, currency: str, reason: str, key: str, actor: Actor, at: datetime,
    order_ref: str = "", line_ref: str = "", hold: str = "",
) -> Commission:  # fmt: skip
    """Write what a person decides that a partner earns, or owes, beside the rules; the same key brings the same line.

    The amount is in a currency that the two agreed on at some time: nothing is converted. `hold` is `obey` (wait for
    the delivery of the order, if one is named, and for the contract's hold) or `bypass` (payable as of now);
    without it the contract says. Of a line of an order, refunds take it back in proportion like an earning, also
    those of before; beside an order, or without one, it stays. The partner reads the reason. Raises InvalidInput
    naming the field, ManualLineDiffers.
    """
    wish = _Wish(enrollment, amount_minor, currency, reason.strip(), order_ref, line_ref, hold)
    order, version = wish.checked(at)
    if order is not None:
        lock_accrual(order.public_id)
    line = wish.line(order, version, at)
    line.cause_ref = f"manual:{key}"
    try:
        with transaction.atomic():
            line.save(force_insert=True)
    except IntegrityError:
        return _same(line)
    record(
        actor=actor, verb="commission.written", subject=line, at=at, reason=wish.reason,
        after={"partner": line.partner_ref, "amount_minor": amount_minor, "currency": currency, "order": order_ref,
               "line": line_ref, "hold": line.inputs["hold"]},
    )  # fmt: skip
    book_accrued(line, at)
    publish(CommissionAccrued(at=at, partner_ref=line.partner_ref, commission_ref=line.public_id))
    if line_ref:
        groups = locked_groups([line.pk])
        bring_to_due(groups=groups, order_ref=order_ref, cause_ref=line.public_id, reason=Reason.REFUND, at=at,
                     actor=actor)  # fmt: skip
    return line


@dataclass(frozen=True, slots=True)
class _Wish:
    enrollment: "Enrollment"
    amount_minor: int
    currency: str
    reason: str
    order_ref: str
    line_ref: str
    hold: str

    def checked(self, at: datetime) -> "tuple[Order | None, ContractVersion]":
        """Return the order it names and the terms it stands under. Raises InvalidInput with all that is wrong."""
        version = terms_of_currency(self.enrollment.pk, self.currency, at)
        order = order_by_ref(self.order_ref) if self.order_ref else None
        wrong = []
        if not 0 < abs(self.amount_minor) <= MOST_MINOR:
            wrong.append({"field": "amount_minor", "message": "must not be 0, and at most 10^15 either way"})
        if not 0 < len(self.reason) <= LONGEST_REASON:
            wrong.append(
                {
                    "field": "reason",
                    "message": sentence("must have 1 to %(most)s characters", most=LONGEST_REASON),
                }
            )
        if self.hold and self.hold not in list(ManualLines):
            wrong.append(
                {"field": "hold", "message": sentence("must be one of %(choices)s", choices=", ".join(ManualLines))}
            )
        if version is None:
            wrong.append(
                {
                    "field": "currency",
                    "message": sentence("no contract in %(currency)s was agreed on", currency=self.currency),
                }
            )
        if self.order_ref and order is None:
            wrong.append(
                {"field": "order", "message": sentence("there is no order %(order_ref)s", order_ref=self.order_ref)}
            )
        if self.line_ref and not (order and self.line_ref in _paid_lines(order)):
            wrong.append(
                {
                    "field": "line",
                    "message": sentence("there is no line %(line_ref)s of this order", line_ref=self.line_ref),
                }
            )
        if wrong or version is None:
            raise InvalidInput(errors=wrong)
        return order, version

    def line(self, order: "Order | None", version: "ContractVersion", at: datetime) -> Commission:
        """Return the line, not saved yet."""
        bypasses = (self.hold or version.manual_lines) == ManualLines.BYPASS
        abroad = order is not None and order.currency != self.currency
        waits = not bypasses and order is not None and order.fulfilled_at is None
        amount = str(Money(self.amount_minor, self.currency))
        told = (Step("by_hand", {"said": self.reason}), Step("commission", {"amount": amount}))
        return Commission(
            kind=Kind.MANUAL, enrollment=self.enrollment, partner_ref=self.enrollment.partner_ref,
            order_ref=self.order_ref, line_ref=self.line_ref, contract_version=version, reason=Reason.MANUAL,
            base_minor=_paid_lines(order)[self.line_ref] if order and self.line_ref and not abroad else 0,
            sale_currency=order.currency if order and abroad else "",
            amount_minor=self.amount_minor, currency=self.currency,
            explanation=[step.as_dict() for step in told],
            inputs={"hold": ManualLines.BYPASS if bypasses else ManualLines.OBEY, "reason": self.reason},
            state=CommissionState.PENDING if waits else CommissionState.CONFIRMED, accrued_at=at,
            confirmed_at=None if waits else at,
            matures_at=at if bypasses else at + timedelta(days=version.hold_days),
        )  # fmt: skip


def _paid_lines(order: "Order") -> dict[str, int]:
    return {line.ref: line.gross_minor - line.discount_minor for line in sale_of(order).lines}


def _same(line: Commission) -> Commission:
    """Return the line that was written for the key before. Raises ManualLineDiffers when it says something else."""
    known = Commission.objects.get(kind=Kind.MANUAL, cause_ref=line.cause_ref)
    if _content(known) != _content(line):
        raise ManualLineDiffers("This key was used for another manual line.", commission=known.public_id)
    return known


def _content(line: Commission) -> tuple[Any, ...]:
    return (
        line.enrollment_id, line.amount_minor, line.currency, line.order_ref, line.line_ref, dict(line.inputs)
    )  # fmt: skip
