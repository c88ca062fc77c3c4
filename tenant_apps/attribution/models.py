from functools import partial

from django.db import models

from kernel.ids import public_id


class Policy(models.Model):
    """How this brand gives credit, in immutable versions: model, window, ladder."""

    append_only = True

    number = models.PositiveIntegerField(unique=True)
    terms = models.JSONField(help_text="As the preview contract's `policy`.")
    effective_from = models.DateTimeField()

    class Meta:
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return f"Policy v{self.number}"


class Attribution(models.Model):
    """A decision: every candidate touch with its verdict, the shares, the policy version. Never changed.

    `evidence` is the whole input of the rules, so the decision can be replayed to the same cent.
    """

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "att"), editable=False)
    order_ref = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    policy = models.ForeignKey(Policy, models.PROTECT)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    evidence = models.JSONField()
    verdicts = models.JSONField(help_text="One per touch: won or lost, weight, reason, sentence.")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order_ref", "version"], name="attribution_version_once")]

    def __str__(self) -> str:
        return f"{self.public_id} of {self.order_ref}"


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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attribution", "position"], name="share_position_once"),
            models.UniqueConstraint(fields=["attribution", "enrollment"], name="share_once_per_enrollment"),
        ]

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator} of {self.attribution_id}"
