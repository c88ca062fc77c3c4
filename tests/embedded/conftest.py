"""Folders that PostgreSQL's unprivileged user can enter."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Replace pytest's own, which it closes to other users, again with every session that starts beside this one."""
    folder = Path(tempfile.mkdtemp(prefix="tributary-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
