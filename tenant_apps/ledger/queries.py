from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.models import Account, BooksClosed, Entry, Seal, Transfer
from tenant_apps.ledger.proof import Flaw, chain_flaws
from tenant_apps.ledger.rules import Posting, request_hash
from tenant_apps.ledger.states import AccountKind

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


def trial_balance() -> list[TrialRow]:
    """Return every account with its sums, ordered by currency and code; `signed_minor` sums to zero per currency."""
    debited = dict(Transfer.objects.values_list("debit").annotate(Sum("amount_minor")).order_by())
    credited = dict(Transfer.objects.values_list("credit").annotate(Sum("amount_minor")).order_by())
    return [
        TrialRow(
            account_ref=account.public_id, code=account.code, kind=AccountKind(account.kind), currency=account.currency,
            debit_minor=debited.get(account.pk, 0), credit_minor=credited.get(account.pk, 0),
        )
        for account in Account.objects.order_by("currency", "code")
    ]  # fmt: skip


def account_by_ref(ref: str) -> Account | None:
    """Return an account by its public id."""
    return Account.objects.filter(public_id=ref).first()


def entry_by_ref(ref: str) -> Entry | None:
    """Return an entry by its public id."""
    return Entry.objects.filter(public_id=ref).first()


def entry_of_cause(cause: str) -> Entry | None:
    """Return the entry of this very cause."""
    return Entry.objects.filter(cause=cause).first()


def entries_of_cause_prefix(prefix: str) -> QuerySet[Entry]:
    """Return the entries whose cause begins so (`commission:com_…:`), oldest first, with their transfers."""
    return _with_transfers(Entry.objects.filter(cause__startswith=prefix))


def entries_of_causes(causes: Iterable[str]) -> QuerySet[Entry]:
    """Return the entries of these causes, oldest first, with their transfers."""
    return _with_transfers(Entry.objects.filter(cause__in=list(causes)))


def account_ref(account: Account) -> AccountRef:
    """Return the name by which postings call an account."""
    return AccountRef(account.code, AccountKind(account.kind))


def last_closing() -> BooksClosed | None:
    """Return the closing that counts: the one that goes furthest."""
    return BooksClosed.objects.order_by("-until").first()


def open_since() -> datetime | None:
    """Return the first instant at which the books are open; None while none were closed."""
    last = last_closing()
    return last.until if last else None


def all_transfers() -> QuerySet[Transfer]:
    """Return every transfer with its entry and both accounts, in the order they were booked."""
    return Transfer.objects.select_related("entry", "debit", "credit").order_by("pk")


def reversed_so_far(entry: Entry) -> dict[int, int]:
    """Return how much of each transfer (by position) went back, less what came back by reversals of reversals."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE turned(id, sign) AS (
                SELECT id, 1 FROM ledger_entry WHERE reverses_id = %s
                UNION ALL SELECT e.id, -t.sign FROM ledger_entry e JOIN turned t ON e.reverses_id = t.id
            )
            SELECT r.position, sum(r.amount_minor * t.sign)::bigint
            FROM turned t JOIN ledger_transfer r ON r.entry_id = t.id GROUP BY r.position
            """,
            [entry.pk],
        )
        return dict(cursor.fetchall())


def seals() -> QuerySet[Seal]:
    """Return the seals, newest first: the first is the head of the chain. Their rows are left in the database."""
    return Seal.objects.defer("sealed_rows").order_by("-number")


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


def flaws() -> Iterator[Flaw]:
    """Look at every account, entry and transfer of the entered brand; yield what must not be there.

    The books are balanced by construction and protected by privileges; this proves it after the fact,
    also against somebody with the owner's rights.
    """
    yield from _unbalanced()
    yield from _foreign_currencies()
    for entry in _with_transfers(Entry.objects.all()).iterator(chunk_size=1000):
        transfers = list(entry.transfers.all())
        if not transfers:
            yield Flaw("empty_entry", entry.cause, "The entry has no transfer.")
        elif _hash_of(entry, transfers) != entry.request_hash:
            yield Flaw("hash", entry.cause, "The entry's content is not what was booked.")
    yield from _checkpoint_flaws()
    yield from chain_flaws()


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


def _with_transfers(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    return (
        entries.select_related("reverses")
        .prefetch_related("transfers", "transfers__debit", "transfers__credit")
        .order_by("pk")
    )


def _unbalanced() -> Iterator[Flaw]:
    totals: dict[str, int] = {}
    for row in trial_balance():
        totals[row.currency] = totals.get(row.currency, 0) + row.signed_minor
    for currency, total in totals.items():
        if total:
            yield Flaw("balance", currency, f"Debits and credits differ by {total}.")


def _foreign_currencies() -> Iterator[Flaw]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.cause, t.position, t.currency, d.currency, c.currency
            FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id
            JOIN ledger_account d ON d.id = t.debit_id JOIN ledger_account c ON c.id = t.credit_id
            WHERE t.currency <> d.currency OR t.currency <> c.currency ORDER BY t.id
            """
        )
        for cause, position, own, debit, credit in cursor.fetchall():
            yield Flaw("currency", cause, f"Transfer {position} is in {own}, its accounts in {debit} and {credit}.")


def _checkpoint_flaws() -> Iterator[Flaw]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.code, a.currency, k.up_to_transfer_id, k.debit_minor, k.credit_minor, d.total, c.total
            FROM ledger_checkpoint k JOIN ledger_account a ON a.id = k.account_id
            CROSS JOIN LATERAL (SELECT COALESCE(sum(amount_minor), 0)::bigint AS total FROM ledger_transfer
                                WHERE debit_id = a.id AND id <= k.up_to_transfer_id) d
            CROSS JOIN LATERAL (SELECT COALESCE(sum(amount_minor), 0)::bigint AS total FROM ledger_transfer
                                WHERE credit_id = a.id AND id <= k.up_to_transfer_id) c
            WHERE (k.debit_minor, k.credit_minor) <> (d.total, c.total) ORDER BY k.id
            """
        )
        for code, currency, up_to, debit, credit, debited, credited in cursor.fetchall():
            told = (
                f"The checkpoint up to transfer {up_to} says {debit} and {credit}, they are {debited} and {credited}."
            )
            yield Flaw("checkpoint", f"{code} {currency}", told)


def _hash_of(entry: Entry, transfers: list[Transfer]) -> str:
    return request_hash(
        cause=entry.cause, description=entry.description, happened_at=entry.happened_at,
        reverses=entry.reverses.cause if entry.reverses else None,
        transfers=[
            Posting(account_ref(t.debit), account_ref(t.credit), t.amount_minor, t.currency)
            for t in sorted(transfers, key=lambda t: t.position)
        ],
    )  # fmt: skip
