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
    from django.db import ProgrammingError
    from psycopg.errors import UndefinedTable

    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as failure:
        if "--traceback" in sys.argv or not isinstance(failure.__cause__, UndefinedTable):
            raise
        missing = str(failure).partition("\n")[0]
        sys.exit(f"The database is not set up: {missing}. Run `manage.py migrate` first.")


if __name__ == "__main__":
    main()
