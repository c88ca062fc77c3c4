"""`manage.py dev`: serve the project on this machine, with everything it needs, until Ctrl-C."""

import signal
import sys
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from embedded.errors import EmbeddedError
from embedded.stack import Stack, run_again_with_servers
from shared_apps.brands.models import Domain


class Command(BaseCommand):
    help = "Serve the project with its own database, payment sandbox, web server and worker, until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="start everything, print the addresses, stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start embedded servers when none are configured, then the project's processes; stop them in order."""
        code = run_again_with_servers(arguments=sys.argv[1:])
        if code is not None:
            sys.exit(code)
        for ending in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends it as Ctrl-C does
            signal.signal(ending, _as_interrupt)
        try:
            with Stack(announced=True, say=self._say) as stack:
                self._show_addresses(stack)
                if options["check"]:
                    return
                self._say("serving until Ctrl-C; logs are in .local/logs/")
                ended = stack.supervisor.wait()
                raise CommandError(f"{ended.name} ended with code {ended.exit_code}; its log is {ended.log}")
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self._say("stopped")

    def _show_addresses(self, stack: Stack) -> None:
        for host, name in _hosts():
            self.stdout.write(f"  {name:<24} {stack.url(host)}")
        if stack.sandbox_url:
            self.stdout.write(f"  {'payment sandbox':<24} {stack.sandbox_url}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _hosts() -> list[tuple[str, str]]:
    """Return our own hosts and each brand's, with a name a person knows them by."""
    own = [(settings.PLATFORM_HOST, "platform"), (settings.PARTNER_HOST, "partners")]
    domains = Domain.objects.using("owner").select_related("tenant").filter(is_primary=True).order_by("domain")
    return [*own, *((domain.domain, domain.tenant.name) for domain in domains)]


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
