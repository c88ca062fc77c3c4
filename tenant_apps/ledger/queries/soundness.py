from collections.abc import Iterator

from django.db import connection

from shared_apps.audit.verifying import Flaw
from tenant_apps.ledger.models import Entry, Transfer
from tenant_apps.ledger.proof import chain_flaws
from tenant_apps.ledger.queries.balances import account_ref, totals_of, trial_balance
from tenant_apps.ledger.queries.entries import with_transfers
from tenant_apps.ledger.rules import Posting, request_hash


def flaws() -> Iterator[Flaw]:
    """Look at every account, entry and transfer of the entered brand; yield what must not be there.

    The books are balanced by construction and protected by privileges; this proves it after the fact,
    also against somebody with the owner's rights.
    """
    yield from _unbalanced()
    yield from _foreign_currencies()
    for entry in with_transfers(Entry.objects.all()).iterator(chunk_size=1000):
        transfers = list(entry.transfers.all())
        if not transfers:
            yield Flaw("empty_entry", entry.cause, "The entry has no transfer.")
        elif _hash_of(entry, transfers) != entry.request_hash:
            yield Flaw("hash", entry.cause, "The entry's content is not what was booked.")
    yield from _checkpoint_flaws()
    yield from chain_flaws()


def _unbalanced() -> Iterator[Flaw]:
    for total in totals_of(trial_balance()):
        if difference := total.debit_minor - total.credit_minor:
            yield Flaw("balance", total.currency, f"Debits and credits differ by {difference}.")


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
