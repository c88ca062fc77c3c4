"""The measured servers: granian as in production, each with settings of its own; stopped by pid."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from embedded.ports import free_port
from embedded.processes import Process, Supervisor, child_environment, wait_until_ready, web_command


@contextmanager
def serving(
    settings: Mapping[str, str], *, database_url: str, path: str, host: str, environment: Mapping[str, str]
) -> Iterator[dict[str, tuple[Process, int]]]:
    """Serve each named settings module on a port of its own; yield process and port by name, stop all afterwards."""
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as folder:
        shared = child_environment(**{**environment, "DATABASE_URL": database_url, "LOG_LEVEL": "ERROR"})
        with Supervisor(log_dir=Path(folder), environment=shared) as supervisor:
            servers = {}
            for name, module in settings.items():
                port = free_port()
                process = supervisor.start(
                    name=name, command=web_command(port=port), environment={"DJANGO_SETTINGS_MODULE": module}
                )
                wait_until_ready(process=process, port=port, path=path, host=host)
                servers[name] = (process, port)
            yield servers


def database_url(name: str) -> str:
    """Return this run's DATABASE_URL with another database."""
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
