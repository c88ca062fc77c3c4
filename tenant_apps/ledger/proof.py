"""What stands in a seal: its canonical content, the look for what was changed since, and proofs of inclusion."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from kernel.clock import aware
from kernel.hashtree import NO_HASH, inclusion_path, leaf_hash, merkle_root, row_hash, seal_hash
from kernel.sentences import sentence
from shared_apps.audit.errors import NotSealed
from shared_apps.audit.forever import LOWEST_ID
from shared_apps.audit.verifying import Flaw
from shared_apps.brands.entering import entered_brand
from tenant_apps.ledger.models import Account, Entry, Seal, Transfer

PROOF_FORMAT = "tributary-inclusion-1"


def sealable(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Return the entries in id order with all that is hashed of them, the transfers in id order too."""
    transfers = Transfer.objects.select_related("debit", "credit").order_by("pk")
    return entries.select_related("reverses").prefetch_related(Prefetch("transfers", transfers)).order_by("pk")


def entry_content(entry: Entry) -> dict[str, Any]:
    """Return what is hashed of an entry's own row."""
    return {
        "id": entry.pk, "public_id": entry.public_id, "cause": entry.cause, "description": entry.description,
        "reverses": entry.reverses.cause if entry.reverses else None, "request_hash": entry.request_hash,
        "booked_at": instant(entry.booked_at), "effective_at": instant(entry.effective_at),
        "belongs_to": instant(entry.belongs_to) if entry.belongs_to else None,
    }  # fmt: skip


def transfer_content(transfer: Transfer) -> dict[str, Any]:
    """Return what is hashed of a transfer: its accounts by name, so that renaming one shows."""
    return {
        "id": transfer.pk, "entry_id": transfer.entry_id, "position": transfer.position,
        "debit": _account(transfer.debit), "credit": _account(transfer.credit),
        "amount_minor": transfer.amount_minor, "currency": transfer.currency,
    }  # fmt: skip


def sealed_row(entry: Entry) -> list[Any]:
    """Return one entry of `Seal.sealed_rows`: its id, its hash, and the same of each transfer."""
    transfers = [[transfer.pk, row_hash(transfer_content(transfer))] for transfer in entry.transfers.all()]
    return [entry.pk, row_hash(entry_content(entry)), transfers]


def leaves_of(rows: list[Any]) -> list[str]:
    """Return the leaf of each sealed entry, in order."""
    return [leaf_hash([own, *(digest for _, digest in transfers)]) for _, own, transfers in rows]


def head_of(seal: Seal) -> dict[str, Any]:
    """Return what a seal's own hash is over; the brand is part of it, so no seal can be lent to another."""
    return {
        "brand": entered_brand().public_id, "number": seal.number, "day": seal.day.isoformat(),
        "first_entry_id": seal.first_entry_id, "last_entry_id": seal.last_entry_id,
        "entries_count": seal.entries_count, "root": seal.root, "previous_hash": seal.previous_hash,
        "sealed_at": instant(seal.sealed_at),
    }  # fmt: skip


def instant(at: datetime) -> str:
    """Return an instant as it is hashed: UTC, to the microsecond."""
    return aware(at).isoformat(timespec="microseconds")


def inclusion_proof(entry: Entry) -> dict[str, Any]:
    """Return all that a stranger needs to see that the entry stands in a published root.

    Of the other entries it shows hashes only. Raises NotSealed.
    """
    seal = Seal.objects.filter(first_entry_id__lte=entry.pk, last_entry_id__gte=entry.pk).first()
    ids = [row[0] for row in seal.sealed_rows] if seal else []
    if seal is None or entry.pk not in ids:
        raise NotSealed(sentence("%(entry)s stands in no seal yet.", entry=entry.public_id), entry=entry.public_id)
    entry = sealable(Entry.objects.filter(pk=entry.pk)).get()
    return {
        "format": PROOF_FORMAT,
        "entry": entry_content(entry),
        "transfers": [transfer_content(transfer) for transfer in entry.transfers.all()],
        "path": [asdict(step) for step in inclusion_path(leaves_of(seal.sealed_rows), ids.index(entry.pk))],
        "seal": head_of(seal) | {"hash": seal.hash},
    }


def chain_flaws() -> Iterator[Flaw]:
    """Recompute every seal of the entered brand from the rows; yield each row that is not what was sealed.

    A chain cut off at its end is whole in itself: only a head that was kept elsewhere shows it (`lost_head`).
    """
    number, before, last = 0, NO_HASH, LOWEST_ID
    for seal in Seal.objects.order_by("number").iterator(chunk_size=1):
        number, where = number + 1, f"seal {seal.number}"
        if seal.number != number:
            yield Flaw("seal", f"seal {number}", f"The chain goes on with seal {seal.number}; what is between is gone.")
            number, last = seal.number, seal.first_entry_id - 1
        elif seal.previous_hash != before:
            yield Flaw("seal", where, "It does not continue the seal before it.")
        if seal_hash(head_of(seal)) != seal.hash:
            yield Flaw("seal", where, "What it says is not what was sealed: its own hash differs.")
        fits = _fits(seal)
        if not fits:
            yield Flaw("seal", where, "Its list of rows does not give its root, count and bounds.")
        if fits is not None:
            yield from _row_flaws(seal, after=last)
        before, last = seal.hash, max(last, seal.last_entry_id)


def lost_head(head: str) -> Iterator[Flaw]:
    """Yield a flaw if no seal has this hash, which was the head of the chain once."""
    if not Seal.objects.filter(hash=head).exists():
        yield Flaw("head", head, "No seal has this hash: the chain was cut off or written anew.")


def _fits(seal: Seal) -> bool | None:
    """Return whether the list of rows gives what the seal says, None when it is no list of rows at all."""
    try:
        ids, leaves = [row[0] for row in seal.sealed_rows], leaves_of(seal.sealed_rows)
        return (ids[0], ids[-1], len(ids), merkle_root(leaves)) == (
            seal.first_entry_id, seal.last_entry_id, seal.entries_count, seal.root,
        )  # fmt: skip
    except (TypeError, ValueError, LookupError):
        return None


def _row_flaws(seal: Seal, *, after: int) -> Iterator[Flaw]:
    span = Entry.objects.filter(pk__gt=after, pk__lte=seal.last_entry_id)
    present = {entry.pk: entry for entry in sealable(span)}
    for entry_id, own, transfers in seal.sealed_rows:
        entry = present.pop(entry_id, None)
        if entry is None:
            yield Flaw("sealed_entry", f"entry {entry_id}", f"The entry is gone; seal {seal.number} has it.")
            continue
        if row_hash(entry_content(entry)) != own:
            yield Flaw("sealed_entry", entry.cause, f"Entry {entry_id} is not what seal {seal.number} has.")
        yield from _transfer_flaws(seal, entry, dict(transfers))
    for entry in present.values():
        yield Flaw("sealed_entry", entry.cause, f"Entry {entry.pk} was put in after seal {seal.number}.")


def _transfer_flaws(seal: Seal, entry: Entry, sealed: dict[int, str]) -> Iterator[Flaw]:
    for transfer in entry.transfers.all():
        digest = sealed.pop(transfer.pk, None)
        if digest is None:
            told = f"Transfer {transfer.pk} was put in after seal {seal.number}."
        elif digest != row_hash(transfer_content(transfer)):
            told = f"Transfer {transfer.pk} is not what seal {seal.number} has."
        else:
            continue
        yield Flaw("sealed_transfer", entry.cause, told)
    for gone in sealed:
        yield Flaw("sealed_transfer", entry.cause, f"Transfer {gone} is gone; seal {seal.number} has it.")


def _account(account: Account) -> dict[str, str]:
    return {"code": account.code, "kind": account.kind, "currency": account.currency}
