"""What browsers get is small, is what the sources say, and names no registry."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

WIDGET = Path(__file__).parents[2] / "widget"
OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")


def test_the_tracker_weighs_at_most_one_kilobyte() -> None:
    assert len(gzip.compress((WIDGET / "dist/t.js").read_bytes(), 9)) <= 1000


def test_the_tracker_evaluates_nothing_and_sets_no_cookie() -> None:
    source = (WIDGET / "dist/t.js").read_text()
    assert not any(word in source for word in ("eval(", "Function(", "document.cookie", "innerHTML", "http:", "https:"))


def test_the_lock_file_pins_every_package_by_hash_and_names_no_address() -> None:
    packages = json.loads((WIDGET / "package-lock.json").read_text())["packages"]
    assert all("resolved" not in package for package in packages.values())
    assert all(package["integrity"].startswith("sha512-") for name, package in packages.items() if name)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="needs node, which only those who change the tracker have")
def test_the_committed_build_is_what_the_sources_make(tmp_path: Path) -> None:
    copy = tmp_path / "widget"
    shutil.copytree(WIDGET, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    installed = subprocess.run(["npm", "ci", "--prefer-offline"], cwd=copy, capture_output=True, text=True, check=False)
    if installed.returncode and any(code in installed.stderr for code in OFFLINE):
        pytest.skip("needs the package registry once")
    assert installed.returncode == 0, installed.stderr
    subprocess.run(["npm", "run", "check"], cwd=copy, capture_output=True, check=True)
    subprocess.run(["npm", "run", "build"], cwd=copy, capture_output=True, check=True)
    assert {path.name: path.read_bytes() for path in (copy / "dist").iterdir()} == {
        path.name: path.read_bytes() for path in (WIDGET / "dist").iterdir()
    }
