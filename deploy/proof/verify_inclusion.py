#!/usr/bin/env python3
"""Check, offline and with nothing but Python, that a ledger entry stands in a published root.

    python3 verify_inclusion.py proof.json --root 3f9a…

`proof.json` is what the brand gave you for your entry; the root is what it published for that seal.
Read this file: it is all there is to trust. Exit 0: included. 1: not. 2: not a proof.
"""

import argparse
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

FORMAT = "tributary-inclusion-1"
ROW, LEAF, NODE, SEAL = b"\x00", b"\x01", b"\x02", b"\x03"


def sha256(*parts: bytes) -> bytes:
    """Return the hash of the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(content: dict[str, Any]) -> bytes:
    """Return the one way to write this content down: JSON, keys sorted, no blanks, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def root_of(proof: dict[str, Any]) -> str:
    """Return the root that the entry, its transfers and the path lead to."""
    rows = [proof["entry"], *proof["transfers"]]
    digest = sha256(LEAF, *(sha256(ROW, canonical(row)) for row in rows))
    for step in proof["path"]:
        neighbour = bytes.fromhex(step["hash"])
        if step["side"] not in ("left", "right") or len(neighbour) != len(digest):
            raise ValueError("a step of the path is none")
        digest = sha256(NODE, neighbour, digest) if step["side"] == "left" else sha256(NODE, digest, neighbour)
    return digest.hex()


def objections(proof: dict[str, Any], published: str) -> list[str]:
    """Return what speaks against the proof; nothing when the entry stands in the published root."""
    seal = dict(proof["seal"])
    said, found = seal.pop("hash"), []
    if not hmac.compare_digest(root_of(proof), published):
        found.append("The entry and its path do not lead to the published root.")
    if seal["root"] != published:
        found.append("The seal in the proof has another root than the published one.")
    if sha256(SEAL, canonical(seal)).hex() != said:
        found.append("The seal in the proof is not what its own hash is over.")
    if any(transfer["entry_id"] != proof["entry"]["id"] for transfer in proof["transfers"]):
        found.append("A transfer in the proof belongs to another entry.")
    return found


def main() -> int:
    """Read the arguments, check, say it; return the exit code."""
    parser = argparse.ArgumentParser(description="Check that a ledger entry stands in a published root.")
    parser.add_argument("proof", type=Path, help="the proof, a JSON file")
    parser.add_argument("--root", required=True, help="the root that was published: 64 hexadecimal digits")
    options = parser.parse_args()
    try:
        proof = json.loads(options.proof.read_text(encoding="utf-8"))
        if proof["format"] != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        found = objections(proof, options.root.strip().lower())
        entry = proof["entry"]["public_id"], proof["seal"]["number"], proof["seal"]["day"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sys.stderr.write(f"This is no proof: {error}\n")
        return 2
    for objection in found:
        sys.stderr.write(f"{objection}\n")
    if not found:
        sys.stdout.write("Entry {} stands in seal {} of {}.\n".format(*entry))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
