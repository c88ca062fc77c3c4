"""A whole running installation: migrated database, payment sandbox, web and worker, on servers already named.

`manage.py dev` and `manage.py demo` use it, and tests that need real processes. The servers come from outside, by
DATABASE_URL and REDIS_URL: `run_again_with_servers` brings embedded ones when nothing is configured.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

from embedded import __main__ as command_line
from embedded.errors import CommandFailed
from embedded.ports import LOOPBACK, free_port, is_listening
from embedded.processes import (
    LOCAL,
    ROOT,
    SANDBOX_PORTS,
    WEB_PORTS,
    Supervisor,
    child_environment,
    sandbox_command,
    wait_until_ready,
    web_command,
    worker_command,
)
from embedded.state import announce, read_state, withdraw

SETTINGS = "config.settings.local"


def configured(name: str) -> str:
    """Return what the environment, or else the project's `.env`, says of a setting; empty when nothing does."""
    return os.environ.get(name) or dotenv_values(ROOT / ".env").get(name) or ""


def run_again_with_servers(*, arguments: list[str], base_dir: Path = LOCAL) -> int | None:
    """Run this very command again beside embedded servers and return its exit code; None when servers are configured.

    Settings are read once at start, so a process that began without servers cannot learn of them: a second one can.
    """
    if configured("DATABASE_URL") and configured("REDIS_URL"):
        return None
    again = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return command_line.main(["--base-dir", str(base_dir), "exec", "--persistent", "--", *again])


class Stack:
    """The project's processes for the time of a `with` block.

    `environment` goes on top of this process's and names the servers. `folder` holds logs and the sandbox's state.
    With `announced`, other commands and settings find it through `.local/servers.json`. A sandbox is started unless
    payments are configured to go elsewhere.
    """

    def __init__(
        self,
        *,
        folder: Path = LOCAL,
        environment: Mapping[str, str] | None = None,
        announced: bool = False,
        say: Callable[[str], None] = print,
    ) -> None:
        self.folder = folder
        self.announced = announced
        self.say = say
        self.web_port = 0
        self.sandbox_url = ""
        self.environment = child_environment(**{"DJANGO_SETTINGS_MODULE": SETTINGS, **(environment or {})})
        self.supervisor = Supervisor(log_dir=folder / "logs", environment=self.environment)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Migrate, then start sandbox, web and worker, and wait until they answer. Raises an EmbeddedError."""
        self.say("migrating the database")
        self.manage("migrate")
        if not self._payments_go_elsewhere():
            self._start_sandbox()
        self._start_web()
        self.start_worker()
        if self.announced and not is_listening(int(read_state(self.folder).get("web_port", 0))):
            announce(self.folder, web_port=self.web_port, sandbox_url=self.sandbox_url)

    def stop(self) -> None:
        """Stop web, worker and sandbox, in this order."""
        if self.announced and read_state(self.folder).get("web_port") == self.web_port:
            withdraw(self.folder, "web_port", "sandbox_url")
        self.supervisor.stop_all()

    def manage(self, *arguments: str) -> str:
        """Run a management command in this environment and return what it printed. Raises CommandFailed."""
        ran = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise CommandFailed(command=" ".join(("manage.py", *arguments)), output=ran.stdout + ran.stderr)
        return ran.stdout

    def start_worker(self) -> None:
        """Start the worker; for tests, also again after it was killed."""
        self.supervisor.start(name="worker", command=worker_command(), environment=self.environment)

    def url(self, host: str, path: str = "/") -> str:
        """Return the address of a page on one of our hosts, for a browser."""
        return f"http://{host}:{self.web_port}{path}"

    def _payments_go_elsewhere(self) -> bool:
        return any(self.environment.get(name) or configured(name) for name in ("STRIPE_SECRET_KEY", "STRIPE_API_BASE"))

    def _start_sandbox(self) -> None:
        beside_us = str(read_state(self.folder).get("sandbox_url", ""))
        if beside_us and is_listening(urlsplit(beside_us).port or 0):
            # Another `make run` on the same data keeps the sandbox's books, which allow one process.
            self._use_sandbox(beside_us)
            return
        port = free_port(preferred=SANDBOX_PORTS)
        self.say(f"starting the payment sandbox on port {port}")
        state = self.folder / "sandbox"
        state.mkdir(parents=True, exist_ok=True)
        process = self.supervisor.start(name="sandbox", command=sandbox_command(port=port, state=state))
        wait_until_ready(process=process, port=port)
        self._use_sandbox(f"http://{LOOPBACK}:{port}")

    def _use_sandbox(self, url: str) -> None:
        self.sandbox_url = url
        self.environment["STRIPE_API_BASE"] = url

    def _start_web(self) -> None:
        self.web_port = free_port(preferred=WEB_PORTS)
        self.say(f"starting the web server on port {self.web_port}")
        self.environment["PUBLIC_PORT"] = str(self.web_port)
        process = self.supervisor.start(
            name="web", command=web_command(port=self.web_port), environment=self.environment
        )
        host = self.environment.get("PLATFORM_HOST") or configured("PLATFORM_HOST") or "tributary.localhost"
        wait_until_ready(process=process, port=self.web_port, host=host)
