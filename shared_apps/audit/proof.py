"""What stands in a seal of the record, the look for what was changed since, and proofs of inclusion."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.db import connection, models

from kernel.clock import aware
from kernel.hashtree import NO_HASH, digest_of, inclusion_path, leaf_hash, merkle_root, row_hash, seal_hash
from kernel.sentences import sentence
from shared_apps.audit.errors import NotSealed
from shared_apps.audit.forever import LOWEST_ID, Table, columns_here, rows_of
from shared_apps.audit.models import RecordSeal
from shared_apps.audit.queries import seal_over
from shared_apps.audit.verifying import Flaw, verifies

PROOF_FORMAT = "tributary-record-1"
type Part = dict[str, Any]


def leaves_of(parts: list[Part]) -> list[str]:
    """Return the leaf of each sealed row, in order."""
    return [leaf_hash([digest]) for part in parts for _, digest in part["rows"]]


def head_of(seal: RecordSeal) -> dict[str, Any]:
    """Return what a seal's own hash is over. It says whose it is, so no seal can be lent to another.

    Of how far it goes in each table it has a hash only: a partner need not learn how many rows a brand writes.
    """
    return {
        "chain": "record", "brand": getattr(_tenant(), "public_id", "public"), "number": seal.number,
        "day": seal.day.isoformat(), "root": seal.root, "previous_hash": seal.previous_hash,
        "bounds_hash": digest_of(seal.bounds), "sealed_at": aware(seal.sealed_at).isoformat(timespec="microseconds"),
    }  # fmt: skip


def record_proof(row: models.Model) -> dict[str, Any]:
    """Return all that a stranger needs to see that a row stands in a published root.

    Of the other rows it shows hashes only. Raises NotSealed.
    """
    table = row._meta.db_table
    seal = seal_over(row)
    parts = seal.parts if seal else []
    places = [(part["table"], key) for part in parts for key, _ in part["rows"]]
    if seal is None or (table, row.pk) not in places:
        raise NotSealed(sentence("%(row)s stands in no seal yet: what was written today is sealed tonight.", row=row))
    columns = next(part["columns"] for part in parts if part["table"] == table)
    [(_, content)] = rows_of(Table(table, tuple(columns)), after=row.pk - 1, up_to=row.pk)
    return {
        "format": PROOF_FORMAT,
        "record": content,
        "path": [asdict(step) for step in inclusion_path(leaves_of(parts), places.index((table, row.pk)))],
        "seal": head_of(seal) | {"hash": seal.hash},
    }


@verifies("record", in_public=True)
def record_flaws() -> Iterator[Flaw]:
    """Recompute every seal of the entered schema from the rows; yield each row that is not what was sealed."""
    here = columns_here()
    number, before = 0, NO_HASH
    bounds: dict[str, int] = {}
    for seal in RecordSeal.objects.order_by("number").iterator(chunk_size=1):
        number, where = number + 1, f"record seal {seal.number}"
        if seal.number != number:
            yield Flaw("record_seal", f"record seal {number}", f"The chain goes on with {seal.number}; some are gone.")
            number = seal.number
            bounds = {part["table"]: part["rows"][0][0] - 1 for part in seal.parts}
        elif seal.previous_hash != before:
            yield Flaw("record_seal", where, "It does not continue the seal before it.")
        if seal_hash(head_of(seal)) != seal.hash:
            yield Flaw("record_seal", where, "What it says is not what was sealed: its own hash differs.")
        if _fits(seal, bounds):
            for part in seal.parts:
                yield from _part_flaws(seal, part, here, after=bounds.get(part["table"], LOWEST_ID))
        else:
            yield Flaw("record_seal", where, "Its list of rows does not give its root and bounds.")
        before, bounds = seal.hash, seal.bounds


def _fits(seal: RecordSeal, before: dict[str, int]) -> bool:
    """Return whether the list of rows gives what the seal says."""
    try:
        reached = before | {part["table"]: part["rows"][-1][0] for part in seal.parts}
        return bool(merkle_root(leaves_of(seal.parts)) == seal.root and reached.items() <= seal.bounds.items())
    except (TypeError, ValueError, LookupError, AttributeError):
        return False


def _part_flaws(seal: RecordSeal, part: Part, here: dict[str, set[str]], *, after: int) -> Iterator[Flaw]:
    name, sealed = part["table"], dict(part["rows"])
    gone = set(part["columns"]) - here.get(name, set())
    if gone:
        yield Flaw("record", name, f"Seal {seal.number} has columns that are gone: {', '.join(sorted(gone))}.")
        return
    for key, content in rows_of(Table(name, tuple(part["columns"])), after=after, up_to=part["rows"][-1][0]):
        digest = sealed.pop(key, None)
        if digest is None:
            yield Flaw("record", f"{name} {key}", f"The row was put in after seal {seal.number}.")
        elif digest != row_hash(content):
            yield Flaw("record", f"{name} {key}", f"The row is not what seal {seal.number} has.")
    for key in sealed:
        yield Flaw("record", f"{name} {key}", f"The row is gone; seal {seal.number} has it.")


def _tenant() -> Any:
    backend: Any = connection
    return backend.tenant
