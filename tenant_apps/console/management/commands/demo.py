import json
import os
import shutil
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.core.management.base import BaseCommand, CommandError
from psycopg import sql

from embedded.errors import EmbeddedError
from embedded.processes import LOCAL, ROOT
from embedded.stack import Stack, configured, run_again_with_servers
from tenant_apps.console.management.story.encore import Encore
from tenant_apps.console.management.story.plot import Story, Told
from tenant_apps.console.management.story.setting import PARTNER, PASSWORD, Cast, set_the_stage

DATABASE, FOLDER = "tributary_demo", LOCAL / "demo"


class Command(BaseCommand):
    help = (
        "Set everything up and run the main job: two brands sell, attribute, settle and pay one partner, through "
        "their public doors. On a terminal it then serves until Ctrl-C; without one it exits. It has a database of "
        "its own (tributary_demo), made anew each time."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="exit after the story, also on a terminal")
        parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        code = run_again_with_servers(arguments=sys.argv[1:])
        if code is not None:
            sys.exit(code)
        if urlsplit(configured("DATABASE_URL")).path != f"/{DATABASE}":
            sys.exit(self._begin_in_own_database())
        for ending in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends it as Ctrl-C does
            signal.signal(ending, _as_interrupt)
        self._quiet, self._started = options["json"], time.monotonic()
        try:
            self._play(serve=sys.stdout.isatty() and not options["no_serve"])
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self._say("stopped")

    def _begin_in_own_database(self) -> int:
        """Make the demo's database anew and run this command again inside it: settings are read once."""
        url = urlsplit(configured("DATABASE_URL"))
        with psycopg.connect(configured("DATABASE_URL"), autocommit=True) as owner:
            owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        shutil.rmtree(FOLDER, ignore_errors=True)
        redis = urlsplit(configured("REDIS_URL"))
        environment = os.environ | {
            "DATABASE_URL": urlunsplit(url._replace(path=f"/{DATABASE}")),
            "REDIS_URL": urlunsplit(redis._replace(path="/9")),
            "MEDIA_ROOT": str(FOLDER / "media"),
        }
        again = subprocess.Popen([sys.executable, str(ROOT / "manage.py"), *sys.argv[1:]], env=environment)
        try:
            return again.wait()
        except KeyboardInterrupt:
            return again.wait()

    def _play(self, *, serve: bool) -> None:
        with Stack(folder=FOLDER, say=self._say) as stack:
            self._say("provisioning two brands")
            casts = set_the_stage(web_port=stack.web_port, sandbox_url=stack.sandbox_url)
            told = [Story(cast=cast, port=stack.web_port, say=self._say).tell() for cast in casts]
            told[0].statements += self._encore(casts[0], stack.web_port)
            files = [path for brand in told for path in _keep_pdfs(brand)]
            self._check_books()
            self._sum_up(stack, casts, told, files)
            if serve:
                self._say("serving until Ctrl-C")
                ended = stack.supervisor.wait()
                raise CommandError(f"{ended.name} ended with code {ended.exit_code}; its log is {ended.log}")

    def _encore(self, cast: Cast, port: int) -> list[dict[str, Any]]:
        """Let the story of one brand go on, and return the statements that come of it."""
        encore = Encore(cast=cast, port=port, say=self._say)
        encore.play()
        return encore.told.statements

    def _check_books(self) -> None:
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "settlements", "check", "--all"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise CommandError(f"the books do not balance:\n{done.stdout}{done.stderr}")
        self._say("the books of both brands balance; statements equal the ledger")

    def _sum_up(self, stack: Stack, casts: list[Cast], told: list[Told], files: list[Path]) -> None:
        if self._quiet:
            answer = {"brands": [_as_json(brand) for brand in told], "pdfs": [str(path) for path in files]}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        lines = ["", f"The story took {time.monotonic() - self._started:.0f} seconds.", ""]
        for cast, brand in zip(casts, told, strict=True):
            lines += [f"{brand.brand}  {stack.url(cast.domain)}   console {stack.url(cast.domain, '/console/')}"]
            lines += [f"  {role:<15} {email}" for role, email in cast.people.items()]
            lines += [
                f"  order #{order['number']}  {order['customer']:<12} {brand.money(order['total']):>12}   commission "
                f"{brand.money(order['commission']):>10}   {order['offer']}"
                for order in brand.orders
            ]
            lines += [
                f"  {row['number']}  {row['period']}  net {brand.money(row['net']):>11}  "
                f"payout {brand.money(row['payout']):>11}"
                f"  carried {brand.money(row['closing']):>11}  {row['file'].relative_to(ROOT)}"
                for row in brand.statements
            ]
            lines += [""]
        lines += [
            f"Partner  {stack.url('partners.localhost')}   {PARTNER['email']}",
            f"Password of everybody: {PASSWORD}",
            "",
        ]
        self.stdout.write("\n".join(lines))

    def _say(self, line: str) -> None:
        if not getattr(self, "_quiet", False):
            self.stdout.write(f"· {line}")
            self.stdout.flush()


def _keep_pdfs(brand: Told) -> list[Path]:
    folder = FOLDER / "statements"
    folder.mkdir(parents=True, exist_ok=True)
    for row in brand.statements:
        row["file"] = folder / f"{brand.currency}-{row['number']}.pdf"
        row["file"].write_bytes(row.pop("pdf"))
    return [row["file"] for row in brand.statements]


def _as_json(brand: Told) -> dict[str, Any]:
    statements = [row | {"file": str(row["file"])} for row in brand.statements]
    return {"name": brand.brand, "currency": brand.currency, "orders": brand.orders, "statements": statements}


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
