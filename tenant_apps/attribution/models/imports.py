from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.attribution.states import ImportKind, ImportState


class Import(models.Model):
    """A file of another system, checked whole before a row of it is taken, then worked off row by row.

    `after_row` is the last row that was taken; `step` counts the chunks, so a worker that comes late with an
    old one takes nothing twice.
    """

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "ifl"), editable=False)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ImportKind])
    source = models.CharField(max_length=40, help_text="The other system; with its id the exact key of a sale.")
    file_name = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, help_text="Of the file.")
    state = models.CharField(max_length=8, default=ImportState.CHECKED, editable=False)
    rows_total = models.PositiveIntegerField()
    rows_known = models.PositiveIntegerField(help_text="Handled already when the file was checked.")
    rows_done = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0, help_text="Their id means something else by now.")
    totals = models.JSONField(default=dict, help_text="Minor units by currency, of the rows that are new.")
    after_row = models.PositiveIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    checked_by = models.CharField(max_length=120)
    checked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rows_done__lte=models.F("rows_total")), name="import_within_its_rows"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.source}"

    @property
    def percent(self) -> int:
        """How far the rows are, from 0 to 100."""
        return self.rows_done * 100 // self.rows_total if self.rows_total else 0


class ImportRow(models.Model):
    """A row that waits to be taken, as it was understood; what it said of a person is forgotten once it is."""

    file = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="In the file; the header is row 1.")
    external_id = models.CharField(max_length=80)
    is_known = models.BooleanField(default=False)
    facts = models.JSONField(default=dict)
    result_ref = models.CharField(max_length=40, blank=True, help_text="The order or touch it became.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="import_row_once")]

    def __str__(self) -> str:
        return f"{self.file}: row {self.number}"
