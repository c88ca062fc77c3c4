from datetime import datetime
from functools import partial

from django.db import models

from kernel.ids import public_id
from tenant_apps.ledger.states import AccountKind


class Account(models.Model):
    """A place where money of one currency is: `processor`, `sales`, `partner_payable:par_…`."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "acc"), editable=False)
    code = models.CharField(max_length=80)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in AccountKind])
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "currency"], name="account_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.currency}"


class Entry(models.Model):
    """The transfers of one cause (`charge:ch_1:captured`), unique by cause, with a hash of their content."""

    append_only = True
    sealed_apart = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "ent"), editable=False)
    cause = models.CharField(max_length=160, unique=True)
    request_hash = models.CharField(max_length=64)
    description = models.CharField(max_length=200)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversals")
    booked_at = models.DateTimeField()
    effective_at = models.DateTimeField(help_text="The date in the books: never in a period that was closed.")
    belongs_to = models.DateTimeField(null=True, help_text="When it happened, if the books were closed there.")

    class Meta:
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.cause

    @property
    def happened_at(self) -> datetime:
        """When it happened, wherever in the books it had to go."""
        return self.belongs_to or self.effective_at


class Transfer(models.Model):
    """One debit, one credit, a positive amount, one currency: it cannot be unbalanced."""

    append_only = True
    sealed_apart = True

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="transfers")
    position = models.PositiveSmallIntegerField()
    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits", db_index=False)
    credit = models.ForeignKey(Account, models.PROTECT, related_name="credits", db_index=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="transfer_positive"),
            models.CheckConstraint(condition=~models.Q(debit=models.F("credit")), name="transfer_two_accounts"),
            models.UniqueConstraint(fields=["entry", "position"], name="transfer_position_once"),
        ]
        indexes = [
            models.Index(fields=["debit", "id"], include=["amount_minor"], name="transfer_debit"),
            models.Index(fields=["credit", "id"], include=["amount_minor"], name="transfer_credit"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class Checkpoint(models.Model):
    """What an account was debited and credited by its transfers up to one: a cache, so that no balance sums a life.

    Transfers are named by id, not by foreign key: dropping all checkpoints changes no balance.
    """

    append_only = True

    account = models.ForeignKey(Account, models.PROTECT, related_name="checkpoints", db_index=False)
    up_to_transfer_id = models.BigIntegerField()
    debit_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "up_to_transfer_id"], name="checkpoint_once")]

    def __str__(self) -> str:
        return f"{self.account} up to {self.up_to_transfer_id}"


class BooksClosed(models.Model):
    """From here on no entry may be effective before `until`; the highest one counts."""

    append_only = True

    until = models.DateTimeField(unique=True)
    closed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "books closed"

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d %H:%M} UTC"


class BooksGate(models.Model):
    """Has no rows, and needs none: who books reads it, who closes the books locks it.

    The rows of closings are for ever, so the runtime role has no right to lock their table.
    """

    def __str__(self) -> str:
        return "gate"


class Seal(models.Model):
    """The books up to an entry, closed by a hash: over its entries, and over the seal before it.

    `sealed_rows` keeps the hash of every row, so that a changed one can be named:
    `[[entry id, its hash, [[transfer id, its hash], …]], …]`. Entries are named by id, not by foreign
    key: a seal must outlive what it proves.
    """

    append_only = True
    sealed_apart = True

    number = models.PositiveIntegerField(unique=True)
    day = models.DateField()
    first_entry_id = models.BigIntegerField()
    last_entry_id = models.BigIntegerField()
    entries_count = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)
    sealed_rows = models.JSONField()
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.hash}"
