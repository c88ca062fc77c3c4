from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.orders.states import DisputeStep, FulfilmentState, MoneyState


class OrderCounter(models.Model):
    """One guarded row that hands out order numbers without gaps."""

    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class Order(models.Model):
    """A sale: who, what for how much, and where its two axes stand (money, fulfilment)."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "ord"), editable=False)
    number = models.BigIntegerField(unique=True)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="orders")
    lead = models.ForeignKey("customers.Lead", models.PROTECT, null=True, related_name="orders")
    source = models.CharField(max_length=40, help_text="Where the order came in: storefront, api, import.")
    external_id = models.CharField(
        max_length=80, help_text="Unique within the source: the idempotency key of the sale."
    )
    visitor_ref = models.CharField(max_length=64, blank=True)
    via_code = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="Where the customer is, ISO 3166; empty: not known.")
    metadata = models.JSONField(default=dict, help_text="What the seller says of the order: texts by name.")
    code = models.CharField(max_length=40, blank=True, help_text="Coupon code typed with the order.")
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    disputed_minor = models.BigIntegerField(default=0, help_text="What open and lost disputes hold.")
    money_state = models.CharField(max_length=16, default=MoneyState.UNPAID, editable=False)
    fulfilment_state = models.CharField(max_length=16, default=FulfilmentState.OPEN, editable=False)
    checkout_opened_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    fulfilled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="order_once_per_source"),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, disputed_minor__gte=0)
                & models.Q(total_minor__gte=models.F("refunded_minor") + models.F("disputed_minor")),
                name="order_taken_within_total",
            ),
            models.CheckConstraint(condition=models.Q(total_minor__gt=0), name="order_total_positive"),
        ]
        indexes = [
            models.Index(fields=["-placed_at"], name="order_latest"),
            models.Index(fields=["visitor_ref", "paid_at"], name="order_of_visitor"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def left_minor(self) -> int:
        """What may still go back to the customer."""
        return self.total_minor - self.refunded_minor - self.disputed_minor

    @property
    def state(self) -> str:
        """The order's state, derived: what a person reads first."""
        if self.money_state == MoneyState.REFUNDED:
            return "refunded"
        if self.fulfilment_state == FulfilmentState.CANCELED:
            return "canceled"
        if self.money_state == MoneyState.UNPAID:
            return "placed"
        return "fulfilled" if self.fulfilment_state == FulfilmentState.FULFILLED else "paid"


class Line(models.Model):
    """One offer in an order, frozen as it was sold."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "lin"), editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    offer = models.ForeignKey("catalog.Offer", models.PROTECT, related_name="lines")
    product_code = models.CharField(max_length=60)
    product_kind = models.CharField(max_length=16)
    title = models.CharField(max_length=160)
    quantity = models.PositiveIntegerField()
    gross_minor = models.BigIntegerField(help_text="Of all units, tax included.")
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    cost_minor = models.BigIntegerField(default=0, help_text="Per unit.")
    refunded_minor = models.BigIntegerField(default=0)
    disputed_minor = models.BigIntegerField(default=0, help_text="What open and lost disputes hold.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, disputed_minor__gte=0)
                & models.Q(
                    gross_minor__gte=models.F("discount_minor")
                    + models.F("refunded_minor")
                    + models.F("disputed_minor")
                ),
                name="line_taken_within_gross",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} × {self.quantity}"

    @property
    def total_minor(self) -> int:
        """What the customer pays for the line, tax included."""
        return self.gross_minor - self.discount_minor

    @property
    def left_minor(self) -> int:
        """What may still be refunded or disputed."""
        return self.total_minor - self.refunded_minor - self.disputed_minor


class LineRefund(models.Model):
    """How much of one line one refund gave back; written once per refund."""

    append_only = True

    line = models.ForeignKey(Line, models.CASCADE, related_name="refunds")
    refund_ref = models.CharField(max_length=40, db_index=True, help_text="Public id of the refund, ours or outside.")
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField(help_text="When we heard of it.")
    moved_at = models.DateTimeField(null=True, help_text="When it went back, where a provider says it.")
    returned_on = models.DateField(null=True, help_text="When it went back, where no more than the day is known.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "refund_ref"], name="line_refund_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="line_refund_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.line}"


class OutsideRefund(models.Model):
    """What another system gave back of an order that it was paid for: a fact from there, once per id there."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "orf"), editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="outside_refunds")
    source = models.CharField(max_length=40, help_text="The order's: the other system.")
    external_id = models.CharField(max_length=80, help_text="The refund's id there.")
    amount_minor = models.BigIntegerField(help_text="As told.")
    applied_minor = models.BigIntegerField(help_text="What of it was left of the order and went off its lines.")
    currency = models.CharField(max_length=3)
    refunded_on = models.DateField(help_text="The day there: by it contracts count, whenever it is told.")
    reason = models.CharField(max_length=300, blank=True)
    idempotency_key = models.CharField(max_length=80, null=True, unique=True)
    told_by = models.CharField(max_length=120)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="outside_refund_once_per_source"),
            models.CheckConstraint(
                condition=models.Q(
                    amount_minor__gt=0, applied_minor__gte=0, applied_minor__lte=models.F("amount_minor")
                ),
                name="outside_refund_within_told",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class LineDispute(models.Model):
    """What one step of a dispute did to one line: opening it takes an amount, winning it gives that back."""

    append_only = True

    line = models.ForeignKey(Line, models.CASCADE, related_name="disputes")
    dispute_ref = models.CharField(max_length=40, db_index=True, help_text="Public id of the payment's dispute.")
    step = models.CharField(max_length=8, choices=[(step.value, step.value) for step in DisputeStep])
    amount_minor = models.BigIntegerField(help_text="Added to what is disputed of the line; below zero when won.")
    at = models.DateTimeField(help_text="When we heard of it.")
    moved_at = models.DateTimeField(null=True, help_text="The provider's own instant: contracts count from it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "dispute_ref", "step"], name="line_dispute_step_once"),
            models.UniqueConstraint(
                fields=["line", "dispute_ref"], condition=~models.Q(step=DisputeStep.OPENED),
                name="line_dispute_closed_once",
            ),
            models.CheckConstraint(
                condition=models.Q(step=DisputeStep.OPENED, amount_minor__gte=0)
                | models.Q(step=DisputeStep.WON, amount_minor__lte=0)
                | models.Q(step=DisputeStep.LOST, amount_minor=0),
                name="line_dispute_signed",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.line}, {self.step}"
