"""What browsers are given from other projects is exactly what was reviewed, and nothing calls home."""

import base64
import hashlib
import json
import re
from pathlib import Path

THEMES = Path(__file__).parents[2] / "themes"
STATIC = THEMES / "default/static/tributary"
LOCK = json.loads((THEMES / "vendor.lock.json").read_text())["files"]


def _sha384(path: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def test_each_vendored_file_has_the_hash_in_the_manifest() -> None:
    assert {entry["file"]: _sha384(THEMES / entry["file"]) for entry in LOCK} == {
        entry["file"]: entry["sha384"] for entry in LOCK
    }


def test_nothing_is_vendored_without_an_entry_and_its_licence() -> None:
    listed = {entry["file"] for entry in LOCK} | {entry["licence_file"] for entry in LOCK}
    assert {str(path.relative_to(THEMES)) for path in THEMES.glob("*/static/*/vendor/*")} == listed
    assert all(entry["version"] and entry["licence"] for entry in LOCK)


def test_our_style_and_script_load_nothing_from_elsewhere() -> None:
    for path in (STATIC / "app.css", STATIC / "app.js", STATIC / "theme.css"):
        assert not re.search(r"https?://|//[a-z]|@import|url\([^)]*data:", path.read_text()), path.name


def test_our_style_sheet_leaves_colours_to_the_theme() -> None:
    sheet = (STATIC / "app.css").read_text()
    named = re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet)
    assert named == ["#171b24"], "only the ink on a selection is fixed"


def test_every_icon_of_the_style_sheet_exists() -> None:
    icons = set(re.findall(r'url\("([^"]+)"\)', (STATIC / "app.css").read_text()))
    assert icons
    assert all((STATIC / icon).is_file() for icon in icons)
