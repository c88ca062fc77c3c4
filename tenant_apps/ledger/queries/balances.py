from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from kernel.errors import InvalidInput
from shared_apps.brands.entering import entered_brand
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.models import Account, Checkpoint, Entry, Transfer
from tenant_apps.ledger.states import AccountKind

_BEFORE_ALL = -(2**63)
_BALANCE = """
    SELECT a.kind, COALESCE(k.debit_minor - k.credit_minor, 0)
        + (SELECT COALESCE(sum(amount_minor), 0) FROM ledger_transfer
           WHERE debit_id = a.id AND id > COALESCE(k.up_to_transfer_id, -9223372036854775808) AND id <= %(up_to)s)
        - (SELECT COALESCE(sum(amount_minor), 0) FROM ledger_transfer
           WHERE credit_id = a.id AND id > COALESCE(k.up_to_transfer_id, -9223372036854775808) AND id <= %(up_to)s)
    FROM ledger_account a LEFT JOIN LATERAL (
        SELECT up_to_transfer_id, debit_minor, credit_minor FROM ledger_checkpoint
        WHERE account_id = a.id AND up_to_transfer_id <= %(up_to)s ORDER BY up_to_transfer_id DESC LIMIT 1
    ) k ON true
    WHERE a.code = %(code)s AND a.currency = %(currency)s
"""


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One account in the trial balance. `signed_minor` = debits − credits: these sum to zero per currency."""

    account_ref: str
    code: str
    kind: AccountKind
    currency: str
    debit_minor: int
    credit_minor: int

    @property
    def signed_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor

    @property
    def balance_minor(self) -> int:
        """The balance with the sign people expect: what grows the account is positive."""
        return self.signed_minor if self.kind.grows_by_debit else -self.signed_minor


@dataclass(frozen=True, slots=True)
class TrialTotal:
    """What all accounts of one currency were debited and credited."""

    currency: str
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One movement of an account: its entry, the account on the other side, the amount and the balance after it."""

    transfer_id: int
    entry: Entry
    counter: Account
    amount_minor: int
    balance_minor: int


def balance(code: str, currency: str, at: datetime | None = None) -> int:
    """Return an account's balance in minor units with its natural sign, 0 for one that was never used.

    `at` counts what was effective until then, that instant included.
    """
    if at is None:
        return _from_checkpoint(code, currency)
    account = Account.objects.filter(code=code, currency=currency).first()
    return _natural(account, Transfer.objects.filter(entry__effective_at__lte=at)) if account else 0


def balances(codes: Iterable[str]) -> dict[tuple[str, str], int]:
    """Return balances by code and currency, as `balance` gives each; an account that was never used is left out."""
    found = with_sums(Account.objects.filter(code__in=list(codes)))
    return {
        (each.code, each.currency): (each.debited - each.credited)
        * (1 if AccountKind(each.kind).grows_by_debit else -1)
        for each in found
    }


def with_sums(accounts: QuerySet[Account]) -> QuerySet[Any]:
    """Annotate accounts with `debited` and `credited`: their latest checkpoint and the transfers since, no life."""
    latest = Checkpoint.objects.filter(account=OuterRef("pk")).order_by("-up_to_transfer_id")
    found = accounts.annotate(
        **{name: Coalesce(Subquery(latest.values(field)[:1]), Value(start)) for name, field, start in (
            ("checked_up_to", "up_to_transfer_id", _BEFORE_ALL), ("checked_debit", "debit_minor", 0),
            ("checked_credit", "credit_minor", 0),
        )}
    )  # fmt: skip

    def since(side: str) -> Any:
        moved = Transfer.objects.filter(**{side: OuterRef("pk")}, pk__gt=OuterRef("checked_up_to"))
        return Coalesce(Subquery(moved.values(side).annotate(total=Sum("amount_minor")).values("total")), Value(0))

    return found.annotate(
        debited=F("checked_debit") + since("debit"), credited=F("checked_credit") + since("credit")
    )  # fmt: skip


def trial_balance(at: datetime | None = None) -> list[TrialRow]:
    """Return every account with its sums, ordered by currency and code; `signed_minor` sums to zero per currency.

    `at` counts what was effective until then, that instant included; accounts that nothing touched are left out.
    """
    transfers = Transfer.objects.all() if at is None else Transfer.objects.filter(entry__effective_at__lte=at)
    debited = dict(transfers.values_list("debit").annotate(Sum("amount_minor")).order_by())
    credited = dict(transfers.values_list("credit").annotate(Sum("amount_minor")).order_by())
    return [
        TrialRow(
            account_ref=account.public_id, code=account.code, kind=AccountKind(account.kind), currency=account.currency,
            debit_minor=debited.get(account.pk, 0), credit_minor=credited.get(account.pk, 0),
        )
        for account in Account.objects.order_by("currency", "code")
        if account.pk in debited or account.pk in credited
    ]  # fmt: skip


def totals_of(rows: Iterable[TrialRow]) -> list[TrialTotal]:
    """Return the sums of a trial balance per currency: debits and credits are equal, or the books are broken."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        debit, credit = sums.get(row.currency, (0, 0))
        sums[row.currency] = debit + row.debit_minor, credit + row.credit_minor
    return [TrialTotal(currency, *both) for currency, both in sorted(sums.items())]


def day_end(day: date) -> datetime:
    """Return the last microsecond of a day at the entered brand. Raises InvalidInput at the ends of the calendar."""
    zone = ZoneInfo(entered_brand().timezone)
    try:
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(microseconds=1)
    except OverflowError as error:
        raise InvalidInput(field="on", message="is no day that books were kept") from error


def account_by_ref(ref: str) -> Account | None:
    """Return an account by its public id."""
    return Account.objects.filter(public_id=ref).first()


def account_ref(account: Account) -> AccountRef:
    """Return the name by which postings call an account."""
    return AccountRef(account.code, AccountKind(account.kind))


def account_history(account: Account, *, before_id: int | None = None, limit: int = 50) -> list[HistoryLine]:
    """Return the account's movements, newest first; `before_id` is the last `transfer_id` of the page before.

    Amounts and balances carry the account's natural sign.
    """
    own = Transfer.objects.filter(Q(debit=account) | Q(credit=account))
    if before_id is not None:
        own = own.filter(pk__lt=before_id)
    page = list(own.select_related("entry", "debit", "credit").order_by("-pk")[:limit])
    if not page:
        return []
    running = _from_checkpoint(account.code, account.currency, up_to=page[0].pk)
    lines = []
    for transfer in page:
        grows = (transfer.debit_id == account.pk) == AccountKind(account.kind).grows_by_debit
        amount = transfer.amount_minor if grows else -transfer.amount_minor
        counter = transfer.credit if transfer.debit_id == account.pk else transfer.debit
        lines.append(HistoryLine(transfer.pk, transfer.entry, counter, amount, running))
        running -= amount
    return lines


def _from_checkpoint(code: str, currency: str, up_to: int | None = None) -> int:
    """Return the balance as the latest checkpoint and the transfers since, up to a transfer's id, in one question."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, {"code": code, "currency": currency, "up_to": 2**63 - 1 if up_to is None else up_to})
        row = cursor.fetchone()
    if row is None:
        return 0
    kind, signed = row
    return int(signed if AccountKind(kind).grows_by_debit else -signed)


def _natural(account: Account, transfers: QuerySet[Transfer]) -> int:
    debit = transfers.filter(debit=account).aggregate(total=Sum("amount_minor", default=0))["total"]
    credit = transfers.filter(credit=account).aggregate(total=Sum("amount_minor", default=0))["total"]
    return int(debit - credit if AccountKind(account.kind).grows_by_debit else credit - debit)
