from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func

from kernel.ids import public_id
from kernel.periods import Cadence
from tenant_apps.settlements.states import PeriodState


class Period(models.Model):
    """A month, half-month or week of the brand's calendar, half-open in its time zone; closed once."""

    may_change = ("state", "closed_at", "closed_by", "closed_by_label")

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "per"), editable=False)
    label = models.CharField(max_length=20, unique=True, help_text="2026-05, 2026-05-H1 or 2026-W21")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=PeriodState.OPEN, editable=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_by_label = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="periods_never_overlap",
                expressions=[(Func(F("starts_at"), F("ends_at"), function="tstzrange"), RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return self.label

    def first_on(self, zone: str) -> date:
        """Return the first day of the period in a zone."""
        return self.starts_at.astimezone(ZoneInfo(zone)).date()

    def last_on(self, zone: str) -> date:
        """Return the last day of the period in a zone."""
        return (self.ends_at - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


class CadenceChange(models.Model):
    """From this day on the brand closes by month, half-month or week; before the first one by month."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "cad"), editable=False)
    cadence = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Cadence])
    starts_on = models.DateField(help_text="In the brand's zone.")
    starts_at = models.DateTimeField(unique=True)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64)
    decided_by_label = models.CharField(max_length=160, blank=True)

    def __str__(self) -> str:
        return f"{self.cadence} from {self.starts_on}"
