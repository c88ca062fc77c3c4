"""Where servers keep their data: below the project's `.local/` whenever the server's user can get there.

A root checkout in a private home folder (mode 0700) is closed to `nobody`, whom PostgreSQL then runs as. Only in that
case a private folder below the system's temporary folder is used. `.local/outside` names it, `make clean` removes it,
and what ephemeral servers put there goes when they stop.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from embedded.account import Account, can_reach
from embedded.children import is_alive
from embedded.errors import DataOutOfReach

RUN_PREFIX = "run-"
OWNER_FILE = "launcher.pid"
RECORD = "outside"


def persistent_home(base_dir: Path, *, account: Account | None) -> Path:
    """Return the folder of the servers that keep their data between runs: where data already is, if anywhere.

    Raises DataOutOfReach rather than starting empty beside data that the server's user can no longer enter.
    """
    inside, outside = base_dir / "data", recorded_outside(base_dir)
    if outside is not None and (outside / "data").is_dir():
        return outside / "data"
    if inside.is_dir() and not can_reach(base_dir, account=account):
        raise DataOutOfReach(data=str(inside))
    home = _reachable_root(base_dir, account=account) / "data"
    home.mkdir(exist_ok=True)
    return home


def ephemeral_home(base_dir: Path, *, account: Account | None) -> Path:
    """Return a fresh folder for servers that forget, after sweeping those of launchers that were killed."""
    root = _reachable_root(base_dir, account=account)
    for left_behind in root.glob(f"{RUN_PREFIX}*"):
        if not _has_live_owner(left_behind):
            shutil.rmtree(left_behind, ignore_errors=True)
    home = Path(tempfile.mkdtemp(prefix=RUN_PREFIX, dir=root))
    home.chmod(0o755)
    (home / OWNER_FILE).write_text(str(os.getpid()))
    return home


def remove_ephemeral(home: Path, *, base_dir: Path) -> None:
    """Remove an ephemeral folder, and the folder outside the project when nothing else is left in it."""
    shutil.rmtree(home, ignore_errors=True)
    outside = recorded_outside(base_dir)
    if outside is not None and home.parent == outside:
        with contextlib.suppress(OSError):
            outside.rmdir()
            (base_dir / RECORD).unlink(missing_ok=True)


def recorded_outside(base_dir: Path) -> Path | None:
    """Return the folder outside the project that `.local/outside` names, if it is there and ours."""
    try:
        outside = Path((base_dir / RECORD).read_text().strip())
        if outside.name.startswith(_outside_prefix(base_dir)) and outside.lstat().st_uid == os.geteuid():
            return outside
    except OSError:
        pass
    return None


def remove_outside(base_dir: Path) -> Path | None:
    """Remove what was put outside the project, for `make clean`; return the folder that went."""
    outside = recorded_outside(base_dir)
    if outside is not None:
        shutil.rmtree(outside)
    (base_dir / RECORD).unlink(missing_ok=True)
    return outside


def _reachable_root(base_dir: Path, *, account: Account | None) -> Path:
    base_dir.mkdir(parents=True, exist_ok=True)
    if can_reach(base_dir, account=account):
        return base_dir
    outside = recorded_outside(base_dir)
    if outside is None:
        lasting = Path("/var/tmp")
        parent = lasting if can_reach(lasting, account=account) else Path(tempfile.gettempdir())
        outside = Path(tempfile.mkdtemp(prefix=_outside_prefix(base_dir), dir=parent))
        # Others may pass through to the data folder, which itself is closed to all but its user; none may list.
        outside.chmod(0o711)
        (base_dir / RECORD).write_text(f"{outside}\n")
    return outside


def _outside_prefix(base_dir: Path) -> str:
    return f"tributary-{hashlib.sha256(str(base_dir.resolve()).encode()).hexdigest()[:12]}-"


def _has_live_owner(home: Path) -> bool:
    try:
        return is_alive(int((home / OWNER_FILE).read_text()))
    except (OSError, ValueError):
        return False
