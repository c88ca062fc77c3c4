from datetime import datetime
from functools import partial
from typing import Any

from django.db import models
from django.utils.translation import gettext

from kernel.ids import public_id
from tenant_apps.programs.rules import FIELDS, Negative, Pinning
from tenant_apps.programs.states import AGREED, ContractState, EnrollmentState, ManualLines, Role, Verdict


class Program(models.Model):
    """A frame of terms that partners enroll in; every brand has one to begin with."""

    class OnPaper(models.TextChoices):
        NEVER = "never"
        FIRST = "first"
        ALWAYS = "always"

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "prg"), editable=False)
    name = models.CharField(max_length=120, unique=True)
    on_paper = models.CharField(
        max_length=8, choices=OnPaper, default=OnPaper.FIRST,
        help_text="Which versions an operator may record as signed on paper, without the partner in the portal.",
    )  # fmt: skip
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
    recruited_by = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="recruits", help_text="Who brought this partner: earns levels."
    )
    state = models.CharField(max_length=16, default=EnrollmentState.ACTIVE, editable=False)
    enrolled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "partner_ref", "role"], name="enrollment_once_per_role")
        ]

    def __str__(self) -> str:
        return f"{self.partner_name} ({gettext(self.role)})"


class ContractVersion(models.Model):
    """The commission terms of an enrollment, in one currency, from a moment on; the next agreed version ends this one.

    Terms may change while it is a draft and never after. `effective_from` is empty until the version is
    agreed on, so whatever looks for terms by their times finds none that nobody agreed to.
    """

    Negative = Negative
    Pinning = Pinning

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "ctv"), editable=False)
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="contract_versions")
    number = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    rules = models.JSONField(help_text="Ordered list of rules; the first match wins.")
    levels = models.JSONField(default=list, help_text="What is earned on the sales of recruited partners.")
    bonuses = models.JSONField(default=list, help_text="What a period pays once when it reaches so much.")
    converts = models.BooleanField(
        default=False, help_text="Sales in other currencies are converted at the brand's rate of their day."
    )
    hold_days = models.PositiveSmallIntegerField(default=14)
    minimum_payout_minor = models.BigIntegerField(default=0)
    negative = models.CharField(
        max_length=8, choices=[(choice.value, choice.value) for choice in Negative], default=Negative.CARRY
    )
    negative_cap_minor = models.BigIntegerField(default=0, help_text="With cap: the most that is carried, as a debt.")
    pinning = models.CharField(
        max_length=8,
        choices=[(choice.value, choice.value) for choice in Pinning],
        default=Pinning.PINNED,
        help_text="Pinned: customers keep the version of their first order; floating: orders take the current one.",
    )
    manual_lines = models.CharField(
        max_length=8, choices=[(choice.value, choice.value) for choice in ManualLines], default=ManualLines.OBEY,
        help_text="Whether manual lines wait for delivery and hold, or are payable at once.",
    )  # fmt: skip
    clawback = models.JSONField(default=dict, help_text="How refunds take back: window, schedule, part of a payout.")
    reserve = models.JSONField(default=dict, help_text="What of a payout is kept, and for how many days.")
    state = models.CharField(max_length=16, default=ContractState.EFFECTIVE, editable=False)
    starts_at = models.DateTimeField(
        null=True, help_text="When the brand wants it to begin; agreed on later, it begins when it is agreed on."
    )
    drafted_at = models.DateTimeField(null=True)
    proposed_at = models.DateTimeField(null=True)
    effective_from = models.DateTimeField(null=True)
    effective_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "number"], name="contract_version_number_once"),
            models.UniqueConstraint(
                fields=["enrollment", "currency"],
                condition=models.Q(effective_to=None, effective_from__isnull=False),
                name="contract_version_one_open",
            ),
            models.UniqueConstraint(
                fields=["enrollment", "currency"],
                condition=models.Q(state=ContractState.PROPOSED),
                name="contract_version_one_proposed",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=AGREED, effective_from__isnull=False)
                | (~models.Q(state__in=AGREED) & models.Q(effective_from=None, effective_to=None)),
                name="contract_version_agreed",
            ),
            models.CheckConstraint(
                condition=models.Q(effective_to=None) | models.Q(effective_to__gt=models.F("effective_from")),
                name="contract_version_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} v{self.number}"

    @property
    def contract(self) -> dict[str, Any]:
        """What the commission engine reads: currency, rules, and levels and bonuses where there are any."""
        beside = {"levels": self.levels, "bonuses": self.bonuses}
        return {"currency": self.currency, "rules": self.rules} | {name: said for name, said in beside.items() if said}

    @property
    def document(self) -> dict[str, Any]:
        """The terms as they are edited, compared and hashed."""
        starts_at = self.starts_at.isoformat() if self.starts_at else None
        return {name: getattr(self, name) for name in FIELDS} | {"starts_at": starts_at}

    def holds_at(self, instant: datetime) -> bool:
        """Whether these terms are agreed on and in effect at the instant; the end itself is over."""
        if self.effective_from is None or instant < self.effective_from:
            return False
        return self.effective_to is None or instant < self.effective_to


class ContractDecision(models.Model):
    """The answer to a version: what was read, what it changes, the hash of both, and who answered. Never changed."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "ctd"), editable=False)
    version = models.OneToOneField(ContractVersion, models.PROTECT, related_name="decision")
    verdict = models.CharField(max_length=16, choices=[(verdict.value, verdict.value) for verdict in Verdict])
    terms = models.JSONField(help_text="The terms as they were read.")
    terms_sha256 = models.CharField(max_length=64, help_text="Of the terms as canonical JSON.")
    compared_with = models.ForeignKey(
        ContractVersion, models.PROTECT, null=True, related_name="+", help_text="The version it replaces."
    )
    changes = models.JSONField(default=list, help_text="What differs from it, as it was read.")
    note = models.CharField(max_length=500, blank=True, help_text="Why it was declined; where the paper is.")
    decided_by = models.CharField(max_length=80)
    decided_by_label = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version} {self.verdict}"


class Link(models.Model):
    """A code that carries credit: `?via=CODE` on any address of the brand, or in a site's snippet.

    One of kind `code` is a coupon code that customers type when they order.
    """

    class Kind(models.TextChoices):
        LINK = "link"
        CODE = "code"

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "lnk"), editable=False)
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="links")
    code = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.LINK)
    campaign = models.CharField(max_length=80, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code
