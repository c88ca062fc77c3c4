from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.migrations.autodetector import MigrationAutodetector

from shared_apps.brands.migrating import migrate_fleet


class Command(BaseCommand):
    help = (
        "Migrate public, the template schema and every brand, with the owner's rights; renew the "
        "template SQL and the database roles. Safe to run again after a kill."
    )
    requires_system_checks: list[str] = []
    autodetector = MigrationAutodetector

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="Print nothing but errors.")

    def handle(self, *args: Any, **options: Any) -> None:
        quiet = options["quiet"]
        verbosity = max(0, options["verbosity"] - 1)
        migrate_fleet(say=lambda what: None if quiet else self.stdout.write(f"migrating {what}"), verbosity=verbosity)
