"""Tie a command's life to its launcher's, then become that command.

Run as a script, `tether.py SIGNAL LAUNCHER_PID UID GID COMMAND…`, by `embedded.children.spawn`. It stands between
the two because a `preexec_fn` is unsafe in a launcher that has threads, and because the kernel forgets the
parent-death signal when the user changes: first the user, then the signal, then the exec. The interpreter keeps the
launcher's environment, which it may need to find its own libraries; the command gets the one in TETHERED_ENVIRONMENT.
"""

import ctypes
import json
import os
import sys

PR_SET_PDEATHSIG = 1
KEEP = -1
ENVIRONMENT = "TETHERED_ENVIRONMENT"


def main(arguments: list[str]) -> None:
    """Drop to the given user, ask for the signal, refuse to start for a launcher already gone, exec."""
    death_signal, launcher, uid, gid = (int(argument) for argument in arguments[:4])
    command = arguments[4:]
    environment: dict[str, str] = json.loads(os.environ[ENVIRONMENT])
    # Loaded while still root: the unprivileged user may be unable to read the interpreter's own libraries.
    c_library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if uid != KEEP:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if c_library is not None and c_library.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != launcher:
        sys.exit(1)
    os.execvpe(command[0], command, environment)


if __name__ == "__main__":
    main(sys.argv[1:])
