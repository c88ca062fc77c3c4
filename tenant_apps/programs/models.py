from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.programs.states import ContractState, EnrollmentState, Role


class Program(models.Model):
    """A frame of terms that partners enroll in; every brand has one to begin with."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "prg"), editable=False)
    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Enrollment(models.Model):
    """A partner's deal with this brand in one role. Keeps its own copy of the name: schemas stay movable."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "enr"), editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="enrollments")
    partner_ref = models.CharField(max_length=40, db_index=True, help_text="Public id of the shared Partner.")
    partner_name = models.CharField(max_length=120)
    partner_email = models.EmailField()
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role], default=Role.AFFILIATE)
    state = models.CharField(max_length=16, default=EnrollmentState.ACTIVE, editable=False)
    enrolled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "partner_ref", "role"], name="enrollment_once_per_role")
        ]

    def __str__(self) -> str:
        return f"{self.partner_name} ({self.role})"


class ContractVersion(models.Model):
    """The commission terms of an enrollment from a moment on. Terms never change; the next version ends this one."""

    class Negative(models.TextChoices):
        CARRY = "carry"
        CAP = "cap"
        RESET = "reset"

    class Pinning(models.TextChoices):
        PINNED = "pinned"
        FLOATING = "floating"

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "ctv"), editable=False)
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="contract_versions")
    number = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    rules = models.JSONField(help_text="Ordered list of rules; the first match wins.")
    hold_days = models.PositiveSmallIntegerField(default=14)
    minimum_payout_minor = models.BigIntegerField(default=0)
    negative = models.CharField(max_length=8, choices=Negative, default=Negative.CARRY)
    negative_cap_minor = models.BigIntegerField(default=0, help_text="With cap: the most that is carried, as a debt.")
    pinning = models.CharField(
        max_length=8,
        choices=Pinning,
        default=Pinning.PINNED,
        help_text="Pinned: customers keep the version of their first order; floating: orders take the current one.",
    )
    clawback = models.JSONField(default=dict, help_text="How refunds take back: window, schedule, part of a payout.")
    reserve = models.JSONField(default=dict, help_text="What of a payout is kept, and for how many days.")
    state = models.CharField(max_length=16, default=ContractState.EFFECTIVE, editable=False)
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "number"], name="contract_version_number_once"),
            models.UniqueConstraint(
                fields=["enrollment", "currency"],
                condition=models.Q(effective_to=None),
                name="contract_version_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(effective_to=None) | models.Q(effective_to__gt=models.F("effective_from")),
                name="contract_version_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} v{self.number}"


class Link(models.Model):
    """A code that carries credit: `?via=CODE` on any address of the brand, or in a site's snippet."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "lnk"), editable=False)
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="links")
    code = models.SlugField(max_length=40, unique=True)
    campaign = models.CharField(max_length=80, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code
