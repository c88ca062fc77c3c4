"""Lock the dependencies with hashes, or check that the lock fits pyproject: `python requirements/lock.py [--check]`.

Needs `uv` (in `.local/uv/bin` after `make setup`, or on the path) to lock; checking needs nothing.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {"base.txt": [], "dev.txt": ["--group", "dev"]}


def fingerprint() -> str:
    """Return a hash of what pyproject asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {
        "python": project["project"]["requires-python"],
        "base": project["project"]["dependencies"],
        "dev": project["dependency-groups"]["dev"],
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def lock() -> None:
    """Resolve for every platform and write the lock files, without download addresses."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".local" / "uv" / "bin"))
    if uv is None:
        sys.exit("Locking needs uv on the path: pip install uv")
    for name, group in LOCKS.items():
        path = ROOT / "requirements" / name
        command = [uv, "pip", "compile", "pyproject.toml", *group, "--universal", "--generate-hashes", "--no-header"]
        command += ["--no-emit-index-url", "--python-version", "3.12", "--quiet", "--output-file", str(path)]
        subprocess.run(command, cwd=ROOT, check=True)
        path.write_text(f"# pyproject: sha256:{fingerprint()}\n" + path.read_text())


def problems() -> list[str]:
    """Return what does not fit: a stale fingerprint, a pin without a hash, an address in the file."""
    found = []
    for name in LOCKS:
        text = (ROOT / "requirements" / name).read_text()
        if f"sha256:{fingerprint()}\n" not in text.splitlines(keepends=True)[0]:
            found.append(f"requirements/{name} was locked for another pyproject.toml: run `make drift-fix`.")
        pins = re.findall(r"^[a-z0-9].*==.*$", text, flags=re.M)
        found += [f"requirements/{name}: no hash for {pin}" for pin in pins if not pin.endswith("\\")]
        if re.search(r"https?://", text):
            found.append(f"requirements/{name} names a download address.")
    return found


if __name__ == "__main__":
    if "--check" in sys.argv:
        wrong = problems()
        print("\n".join(wrong) or "The locks fit pyproject.toml.")
        sys.exit(bool(wrong))
    lock()
