"""The unprivileged user that PostgreSQL runs as when the launcher is root, and what that user can reach."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """A system user: numeric ids only, because names may not resolve in a container."""

    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """Return `nobody` when this process is root, else None: PostgreSQL refuses to run as uid 0."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(uid=65534, gid=65534)
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def can_reach(folder: Path, *, account: Account | None) -> bool:
    """Tell whether the account may enter `folder`, by trying it: modes alone miss ACLs and mount options."""
    if account is None:
        return os.access(folder, os.X_OK)
    tried = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return tried.returncode == 0


def can_execute(program: Path, *, account: Account | None) -> bool:
    """Tell whether the account may read and run `program`."""
    if account is None:
        return os.access(program, os.X_OK)
    tried = subprocess.run(
        ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(program)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return tried.returncode == 0
