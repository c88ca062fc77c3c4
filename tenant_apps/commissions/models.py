from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.commissions.states import CommissionState, Kind


class Commission(models.Model):
    """A line that explains itself: what one share of one order line earned, or a reversal pointing at such a line.

    Base, rate, rule and contract version are frozen when it is written. Amounts never change; a
    refund writes a further line (`reverses`) with a negative amount.
    """

    may_change = ("state", "moves_with", "held_for", "voided_by", "confirmed_at", "payable_at", "paid_at")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "com"), editable=False)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind], default=Kind.EARNING)
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="commissions")
    partner_ref = models.CharField(max_length=40)
    order_ref = models.CharField(max_length=40, db_index=True)
    line_ref = models.CharField(max_length=40)
    attribution_ref = models.CharField(max_length=40)
    contract_version = models.ForeignKey("programs.ContractVersion", models.PROTECT, null=True)
    rule = models.CharField(max_length=60, blank=True, help_text="Id of the rule that matched.")
    reason = models.CharField(
        max_length=40, blank=True, help_text="Why it pays less or nothing: no_rule, cap, window_over…"
    )
    share = models.TextField(default="1/1", help_text="The exact part of the conversion: numerator/denominator.")
    net_minor = models.BigIntegerField(
        default=0, help_text="The line's net, without tax: what tiers of a period count."
    )
    base_minor = models.BigIntegerField(help_text="What refunds are measured against: the line's paid amount.")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    explanation = models.JSONField(default=list, help_text="Steps from base to amount: code and facts.")
    inputs = models.JSONField(default=dict, help_text="What the rules were told beside the order's frozen lines.")
    state = models.CharField(max_length=16, default=CommissionState.PENDING, editable=False)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversals")
    derived_from = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="derived",
        help_text="The earning or true-up a level is paid on; the earning a disputed part was split off.",
    )  # fmt: skip
    moves_with = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="companions",
        help_text="Whose state this line shares: what was taken back before it was payable goes on with its original.",
    )  # fmt: skip
    held_for = models.CharField(max_length=16, blank=True, help_text="Why it is on hold; kept while it is refunded.")
    voided_by = models.CharField(
        max_length=40, blank=True,
        help_text="What took it back for good: a decision that wrote new lines, or the cancel of what it is paid on.",
    )  # fmt: skip
    cause_ref = models.CharField(
        max_length=64, blank=True, help_text="What brought it about beside the sale: a refund, a dispute, a decision."
    )
    sale_currency = models.CharField(max_length=3, blank=True, help_text="Where it is not the line's own.")
    exchange_rate = models.DecimalField(
        max_digits=20, decimal_places=10, default=1, help_text="Frozen: units of `currency` for one of the sale's."
    )
    period = models.CharField(
        max_length=16, blank=True, help_text="Whose tiers a true-up or bonus is for: 2026-03, 2026-Q1 or lifetime."
    )
    accrued_at = models.DateTimeField()
    matures_at = models.DateTimeField(help_text="When the hold ends.")
    confirmed_at = models.DateTimeField(null=True)
    payable_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["attribution_ref", "enrollment", "line_ref"], condition=models.Q(kind="earning", voided_by=""),
                name="commission_once_per_share_and_line",
            ),
            models.UniqueConstraint(
                fields=["reverses", "cause_ref", "kind"], condition=models.Q(reverses__isnull=False),
                name="reversal_once_per_cause",
            ),
            models.UniqueConstraint(
                fields=["cause_ref"], condition=models.Q(kind="manual"), name="manual_line_once_per_key"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["earning", "level", "bonus"], amount_minor__gte=0, reverses=None)
                | models.Q(kind__in=["true_up", "adjustment", "manual"], reverses=None)
                | (models.Q(kind="level", reverses=None) & ~models.Q(period=""))
                | models.Q(kind__in=["reversal", "clawback"], amount_minor__lte=0, reverses__isnull=False)
                | models.Q(kind="reinstatement", amount_minor__gt=0, reverses__isnull=False),
                name="commission_kind_fits",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["state", "payable_at"], name="commission_payable"),
            models.Index(fields=["matures_at"], condition=models.Q(state="confirmed"), name="commission_maturing"),
            models.Index(fields=["partner_ref", "-accrued_at"], name="commission_of_partner"),
            models.Index(fields=["enrollment", "rule", "accrued_at"], name="commission_of_rule"),
        ]

    def __str__(self) -> str:
        return self.public_id


class ExchangeRate(models.Model):
    """What one unit of `base` was worth in `quote` on a day, as the brand recorded it. Never changed.

    A rate recorded again for a day goes before the earlier one from then on; lines keep what they were paid at.
    """

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "fxr"), editable=False)
    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    day = models.DateField(help_text="In the brand's time zone.")
    source = models.CharField(max_length=80, help_text="Where the rate is from, such as ECB.")
    entered_by = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="exchange_rate_positive"),
            models.CheckConstraint(condition=~models.Q(base=models.F("quote")), name="exchange_rate_of_two"),
        ]
        indexes = [models.Index(fields=["base", "quote", "day", "-id"], name="exchange_rate_of_day")]

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate} {self.quote} on {self.day}"
