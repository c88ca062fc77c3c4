#!/usr/bin/env python3
"""Check, offline and with nothing but Python, that a statement or a ledger entry stands in a published root.

    python3 verify_inclusion.py proof.json --roots roots.json
    python3 verify_inclusion.py proof.json --root 3f9a…

`proof.json` is what you downloaded beside your statement; `roots.json` is what the brand publishes for everybody
at /proof/roots.json, best kept since the day of the statement; `--root` gives one root of it by hand.
Read this file: it is all there is to trust. Exit 0: included. 1: not. 2: not a proof.
"""

import argparse
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

ENTRY, RECORD = "tributary-inclusion-1", "tributary-record-1"
STATEMENT, CREDIT_NOTE = "settlements_statement", "settlements_creditnote"
CHAINS = {ENTRY: "books", RECORD: "record"}
ROW, LEAF, NODE, SEAL = b"\x00", b"\x01", b"\x02", b"\x03"


def sha256(*parts: bytes) -> bytes:
    """Return the hash of the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(content: Any, *, ascii_only: bool = True) -> bytes:
    """Return the one way to write this content down: JSON, keys sorted, no blanks."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only).encode()


def root_of(proof: dict[str, Any]) -> str:
    """Return the root that the rows and the path lead to."""
    rows = [proof["record"]] if proof["format"] == RECORD else [proof["entry"], *proof["transfers"]]
    digest = sha256(LEAF, *(sha256(ROW, canonical(row)) for row in rows))
    for step in proof["path"]:
        neighbour = bytes.fromhex(step["hash"])
        if step["side"] not in ("left", "right") or len(neighbour) != len(digest):
            raise ValueError("a step of the path is none")
        digest = sha256(NODE, neighbour, digest) if step["side"] == "left" else sha256(NODE, digest, neighbour)
    return digest.hex()


def published_root(proof: dict[str, Any], roots: dict[str, Any]) -> str:
    """Return the root that was published for the proof's seal; nothing when there is none."""
    number = proof["seal"]["number"]
    found = [seal["root"] for seal in roots[CHAINS[proof["format"]]] if seal["number"] == number]
    return str(found[0]) if found else ""


def objections(proof: dict[str, Any], published: str) -> list[str]:
    """Return what speaks against the proof; nothing when its rows stand in the published root."""
    seal = dict(proof["seal"])
    said, found = seal.pop("hash"), []
    if not hmac.compare_digest(root_of(proof), published):
        found.append("What is shown and its path do not lead to the published root.")
    if seal["root"] != published:
        found.append("The seal in the proof has another root than the published one.")
    if sha256(SEAL, canonical(seal)).hex() != said:
        found.append("The seal in the proof is not what its own hash is over.")
    if proof["format"] == RECORD:
        return found + record_objections(proof["record"])
    if any(transfer["entry_id"] != proof["entry"]["id"] for transfer in proof["transfers"]):
        found.append("A transfer in the proof belongs to another entry.")
    return found


def record_objections(record: dict[str, Any]) -> list[str]:
    """Return what speaks against the row itself: the hash of a statement or credit note is over what it says."""
    row = record["row"]
    if record["table"] not in (STATEMENT, CREDIT_NOTE):
        return []
    found = []
    if sha256(canonical(row["snapshot"], ascii_only=False)).hex() != row["sha256"]:
        found.append("The document's hash is not over what it says.")
    if any(row["snapshot"].get(name) != row.get(name) for name in ("number", "version")):
        found.append("The document says another number or version.")
    return found


def named(proof: dict[str, Any]) -> str:
    """Say what the proof is of."""
    if proof["format"] == ENTRY:
        return f"Entry {proof['entry']['public_id']}"
    table, row = proof["record"]["table"], proof["record"]["row"]
    if table == CREDIT_NOTE:
        return f"Credit note {row['number']}, SHA-256 {row['sha256']},"
    if table != STATEMENT:
        return f"Row {row['id']} of {table}"
    return f"Statement {row['number']}, version {row['version']}, SHA-256 {row['sha256']},"


def main() -> int:
    """Read the arguments, check, say it; return the exit code."""
    parser = argparse.ArgumentParser(description="Check that a statement or ledger entry stands in a published root.")
    parser.add_argument("proof", type=Path, help="the proof, a JSON file")
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--roots", type=Path, help="the published roots, a JSON file")
    whose.add_argument("--root", help="the root that was published: 64 hexadecimal digits")
    options = parser.parse_args()
    try:
        proof = json.loads(options.proof.read_text(encoding="utf-8"))
        if proof["format"] not in CHAINS:
            raise ValueError(f"its format is not {ENTRY} or {RECORD}")
        if options.roots:
            root = published_root(proof, json.loads(options.roots.read_text(encoding="utf-8")))
        else:
            root = options.root.strip().lower()
        found = objections(proof, root)
        told = f"{named(proof)} stands in seal {proof['seal']['number']} of {proof['seal']['day']}.\n"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        sys.stderr.write(f"This is no proof: {error}\n")
        return 2
    for objection in found:
        sys.stderr.write(f"{objection}\n")
    if not found:
        sys.stdout.write(told)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
