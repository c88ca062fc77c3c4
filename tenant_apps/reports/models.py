from functools import partial

from django.db import models
from django.db.models import F, Q

from kernel.ids import public_id
from shared_apps.accounts.wording import SentenceField
from tenant_apps.reports.states import Customers, ExportFormat, ExportKind, ExportState, SimulatedKind, SimulationState


class Export(models.Model):
    """Rows asked for as a file: which, how far the work is, and what became of it.

    The rows are those with a key up to `until_key`, frozen when it was asked for; `after_key` is the last
    one on disk. `step` counts the chunks: a worker that comes late with an old one writes nothing.
    """

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "exp"), editable=False)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ExportKind])
    format = models.CharField(max_length=8, choices=[(each.value, each.value) for each in ExportFormat])
    filters = models.JSONField(default=dict)
    state = models.CharField(max_length=8, default=ExportState.QUEUED, editable=False)
    until_key = models.BigIntegerField(default=0)
    after_key = models.BigIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    requested_by = models.CharField(max_length=64)
    requested_by_label = models.CharField(max_length=160)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    file_name = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(default=0, help_text="In bytes.")
    sha256 = models.CharField(max_length=64, blank=True)
    failure = SentenceField(default=str, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(state="done") | ~Q(sha256=""), name="export_done_has_hash"),
            models.CheckConstraint(condition=Q(after_key__lte=F("until_key")), name="export_within_its_rows"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(state="done"), name="export_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.format})"

    @property
    def percent(self) -> int:
        """How far the rows are, from 0 to 100."""
        if self.rows_total:
            return min(100, self.rows_done * 100 // self.rows_total)
        return 100 if self.state == ExportState.DONE else 0


class Simulation(models.Model):
    """What a time would have cost under other terms: which terms, whose, over which days, and how far it is.

    `terms` holds the documents and for each deal (by primary key) which of them it tries. Sales are taken in the
    order in which they were written, up to `until_key`, frozen when it was asked for. `carried` is what the deals'
    rules have seen by `step`: a worker that dies leaves the step before, whole.
    """

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "sim"), editable=False)
    title = models.CharField(max_length=200)
    terms = models.JSONField()
    customers = models.CharField(
        max_length=4, choices=[(each.value, each.value) for each in Customers], default=Customers.ALL
    )
    since = models.DateField(help_text="The first day, in the brand's zone.")
    until = models.DateField(help_text="The last day; inside.")
    state = models.CharField(max_length=8, default=SimulationState.QUEUED, editable=False)
    until_key = models.BigIntegerField(default=0)
    after_key = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(null=True, help_text="Returns before this instant were looked at.")
    step = models.PositiveIntegerField(default=0)
    carried = models.JSONField(default=dict)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    requested_by = models.CharField(max_length=64)
    requested_by_label = models.CharField(max_length=160)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="When its result is dropped.")
    failure = SentenceField(default=str, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(since__lte=F("until")), name="simulation_days")]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["queued", "running"]), name="simulation_open"),
            models.Index(fields=["expires_at"], condition=Q(state="done"), name="simulation_expiring"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def percent(self) -> int:
        """How far the sales are, from 0 to 100."""
        if self.state == SimulationState.DONE:
            return 100
        return min(99, self.rows_done * 100 // self.rows_total) if self.rows_total else 0

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return SimulationState(self.state).is_open


class SimulatedLine(models.Model):
    """A line as it was booked beside what it would have been; the steps are those of the latter.

    While the simulation runs there is one for every sale, with what later returns need (`carried`); of a
    simulation that is done, those that differ.
    """

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=8, choices=[(each.value, each.value) for each in SimulatedKind])
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    month = models.CharField(max_length=7, help_text="When it is booked, such as 2026-06.")
    at = models.DateTimeField()
    sold_at = models.DateTimeField(help_text="Of the sale that it is about.")
    order_ref = models.CharField(max_length=40, blank=True)
    line_ref = models.CharField(max_length=40, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    period = models.CharField(max_length=16, blank=True)
    commission_ref = models.CharField(max_length=40, blank=True, help_text="The line that was really written.")
    commission_key = models.BigIntegerField(null=True)
    customer_key = models.BigIntegerField(null=True)
    rule_booked = models.CharField(max_length=60, blank=True)
    reason_booked = models.CharField(max_length=40, blank=True)
    booked_minor = models.BigIntegerField(default=0)
    rule_simulated = models.CharField(max_length=60, blank=True)
    reason_simulated = models.CharField(max_length=40, blank=True)
    simulated_minor = models.BigIntegerField(default=0)
    explanation = models.JSONField(default=list)
    carried = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["simulation", "order_ref"], name="simulated_of_order"),
            models.Index(fields=["simulation", "enrollment", "customer_key"], name="simulated_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_ref or self.period}"

    @property
    def difference_minor(self) -> int:
        """What it would have been more, below zero less."""
        return self.simulated_minor - self.booked_minor


class SimulatedTotal(models.Model):
    """What one deal's rule was paid in a month, and would have been: what every table of a result adds up."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="totals")
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    month = models.CharField(max_length=7)
    rule = models.CharField(max_length=60, blank=True)
    booked_minor = models.BigIntegerField(default=0)
    simulated_minor = models.BigIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0, help_text="How many lines it is the sum of.")
    changed = models.PositiveIntegerField(default=0, help_text="How many of them differ.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["simulation", "enrollment", "currency", "month", "rule"], name="simulated_total_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.rule} {self.currency}"
