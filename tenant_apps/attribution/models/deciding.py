from functools import partial

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from kernel.ids import public_id


class Policy(models.Model):
    """How this brand gives credit, in immutable versions: model, window, ladder; or what one program says over it."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "pol"), editable=False)
    program = models.ForeignKey(
        "programs.Program", models.PROTECT, null=True, related_name="policies", help_text="None: the brand's own."
    )
    number = models.PositiveIntegerField()
    terms = models.JSONField(help_text="As the preview contract's `policy`; of a program only what differs.")
    effective_from = models.DateTimeField()
    set_by = models.CharField(max_length=120, help_text="Who set it.")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "number"], name="policy_number_once", nulls_distinct=False
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.program}: policy v{self.number}" if self.program_id else f"Policy v{self.number}"


class Attribution(models.Model):
    """A decision: every candidate touch with its verdict, the shares, the policy version. Never changed.

    `evidence` is the whole input of the rules, so the decision can be replayed to the same cent. A fact
    that comes later makes the next version, which points at this one and says what changed and why.
    """

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "att"), editable=False)
    order_ref = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="next")
    cause = models.CharField(max_length=120, default="paid", help_text="The fact that made it: paid, touch:…, award:…")
    changes = models.JSONField(default=list, help_text="Against the version before: participant, before and after.")
    policy = models.ForeignKey(Policy, models.PROTECT)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    evidence = models.JSONField()
    verdicts = models.JSONField(help_text="One per touch: won or lost, weight, reason, why.")
    pools = models.JSONField(default=list, help_text="What each pool of roles had to share, and what nobody got.")
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [GinIndex(fields=["verdicts"], name="attribution_candidates", opclasses=["jsonb_path_ops"])]
        constraints = [
            models.UniqueConstraint(fields=["order_ref", "version"], name="attribution_version_once"),
            models.CheckConstraint(
                condition=models.Q(version=1, previous=None) | models.Q(version__gt=1, previous__isnull=False),
                name="attribution_versions_chained",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} · {self.order_ref}"


class Share(models.Model):
    """What one participant earned of a conversion: an exact fraction and its amount of the whole."""

    append_only = True

    attribution = models.ForeignKey(Attribution, models.PROTECT, related_name="shares")
    position = models.PositiveSmallIntegerField()
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="shares")
    role = models.CharField(max_length=16)
    numerator = models.TextField(help_text="Of the exact fraction; decimal digits.")
    denominator = models.TextField()
    amount_minor = models.BigIntegerField()
    site_ref = models.CharField(max_length=40, blank=True)
    campaign = models.CharField(max_length=80, blank=True)
    placement = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attribution", "position"], name="share_position_once"),
            models.UniqueConstraint(fields=["attribution", "enrollment"], name="share_once_per_enrollment"),
        ]

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator} of {self.attribution_id}"


class Award(models.Model):
    """A person's decision about the credit of an order: exact parts per participant, over the policy's model."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "awd"), editable=False)
    order_ref = models.CharField(max_length=40, db_index=True)
    shares = models.JSONField(help_text="Participant (enrollment), role and weight; empty credits nobody.")
    cause = models.CharField(max_length=120, help_text="What it follows from: a dispute, a duplicate, a word.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.public_id} · {self.order_ref}"
