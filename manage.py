#!/usr/bin/env python
"""Tributary's command line. `platform/` is a source root, so it goes on the path, never in a package."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    """Run a management command with the local settings unless others are named."""
    for source_root in (ROOT / "platform", ROOT):
        if str(source_root) not in sys.path:
            sys.path.insert(0, str(source_root))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError
    from psycopg.errors import UndefinedTable
    from psycopg_pool import PoolTimeout

    try:
        execute_from_command_line(sys.argv)
    except DatabaseError as failure:
        told = str(failure).partition("\n")[0]
        if "--traceback" in sys.argv or not isinstance(failure.__cause__, UndefinedTable | PoolTimeout):
            raise
        if isinstance(failure.__cause__, UndefinedTable):
            sys.exit(f"The database is not set up: {told}. Run `manage.py migrate` first.")
        sys.exit(f"The database lets nobody in: {told}. `manage.py doctor` says why.")


if __name__ == "__main__":
    main()
