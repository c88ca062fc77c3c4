"""`python -m embedded`: run a command beside PostgreSQL and Valkey, or look after their data."""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

from embedded.children import tied_command
from embedded.errors import EmbeddedError
from embedded.home import remove_outside
from embedded.machine import unmet_needs
from embedded.processes import LOCAL, child_environment
from embedded.servers import Servers, find_running


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, do what it asks, return the exit code."""
    options = _parser().parse_args(arguments)
    do: Callable[[argparse.Namespace], int] = options.do
    try:
        return do(options)
    except EmbeddedError as error:
        print(f"embedded: {error}", file=sys.stderr)
        return 1


def execute(options: argparse.Namespace) -> int:
    """Run the command with DATABASE_URL and REDIS_URL set, pass its exit code on, stop what was started."""
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        print("embedded: say which command to run, for example: python -m embedded exec -- pytest", file=sys.stderr)
        return 2
    with contextlib.ExitStack() as stack:
        given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
        if not all(given.values()):
            servers = stack.enter_context(Servers(base_dir=options.base_dir, ephemeral=not options.persistent))
            given = {
                "DATABASE_URL": given["DATABASE_URL"] or servers.database_url,
                "REDIS_URL": given["REDIS_URL"] or servers.redis_url,
            }
        return _run(command, environment=child_environment(**given))


def show_environment(options: argparse.Namespace) -> int:
    """Print the URLs of the running servers as shell assignments; 1 when none run."""
    running = find_running(options.base_dir)
    if running is None:
        print("embedded: no servers with lasting data are running; `make run` starts them.", file=sys.stderr)
        return 1
    print(f"DATABASE_URL={running.database_url}\nREDIS_URL={running.redis_url}")
    return 0


def clean(options: argparse.Namespace) -> int:
    """Remove data kept outside the project; refused while the servers run."""
    if find_running(options.base_dir) is not None:
        print("embedded: the servers are running; stop `make run` or `make demo` first.", file=sys.stderr)
        return 1
    gone = remove_outside(options.base_dir)
    if gone is not None:
        print(f"removed {gone}")
    return 0


def show_unmet_needs(_options: argparse.Namespace) -> int:
    """Print what the system lacks, one `name|purpose|Debian packages` a line, for the setup script; always 0."""
    for need in unmet_needs():
        print(f"{need.name}|{need.purpose}|{' '.join(need.packages)}")
    return 0


def _run(command: Sequence[str], *, environment: dict[str, str]) -> int:
    """Run a command in the foreground of the terminal; it alone answers Ctrl-C, and SIGTERM is handed on to it."""
    if shutil.which(command[0], path=environment.get("PATH")) is None:
        print(f"embedded: cannot run {command[0]}: there is no such program", file=sys.stderr)
        return 127
    with _leave_interrupts_to_the_command():
        tied, tied_environment = tied_command(command=command, death_signal=signal.SIGTERM, environment=environment)
        child = subprocess.Popen(tied, env=tied_environment)

        def hand_on(number: int, _frame: FrameType | None) -> None:
            child.send_signal(number)

        signal.signal(signal.SIGTERM, hand_on)
        signal.signal(signal.SIGHUP, hand_on)
        code = child.wait()
    # A shell's way to say "ended by signal n".
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _leave_interrupts_to_the_command() -> Iterator[None]:
    """Not ignore: an ignored signal would be inherited by the command."""
    former = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    parser.add_argument("--base-dir", type=Path, default=LOCAL, help="where data and logs live (default: .local)")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    run = verbs.add_parser("exec", help="run a command with DATABASE_URL and REDIS_URL set, starting what is unset")
    run.add_argument("--persistent", action="store_true", help="use the data in .local/data instead of an empty server")
    run.add_argument("command", nargs=argparse.REMAINDER, help="the command, after --")
    run.set_defaults(do=execute)
    shown = verbs.add_parser("env", help="print the URLs of the running servers")
    shown.set_defaults(do=show_environment)
    cleaned = verbs.add_parser("clean", help="remove data kept outside the project")
    cleaned.set_defaults(do=clean)
    needs = verbs.add_parser("needs", help="print which system libraries and programs are missing")
    needs.set_defaults(do=show_unmet_needs)
    return parser


if __name__ == "__main__":
    sys.exit(main())
