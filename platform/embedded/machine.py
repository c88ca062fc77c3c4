"""What the operating system has to bring, beyond Python packages: libraries and programs for PDF and browser tests."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PANGO_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
PANGO_LIBRARIES_MAC = ("libpango-1.0.dylib", "libpangoft2-1.0.dylib", "libharfbuzz-subset.dylib")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts")


@dataclass(frozen=True, slots=True)
class Need:
    """One thing of the system: what it is for, how to see that it is there, which Debian packages bring it."""

    name: str
    purpose: str
    packages: tuple[str, ...]
    is_met: Callable[[], bool]

    @property
    def remedy(self) -> str:
        """The command that brings it on Debian and Ubuntu."""
        return f"apt-get install -y --no-install-recommends {' '.join(self.packages)}"


def pango_loads() -> bool:
    """Tell whether the libraries that lay out PDF text can be loaded."""
    return _all_load(PANGO_LIBRARIES) or _all_load(PANGO_LIBRARIES_MAC)


def cjk_font_is_installed() -> bool:
    """Tell whether some font covers Korean."""
    if (fc_list := shutil.which("fc-list")) is not None:
        told = subprocess.run([fc_list, ":lang=ko", "family"], capture_output=True, text=True, check=False)
        return bool(told.stdout.strip())
    return any(True for folder in FONT_FOLDERS for _ in Path(folder).expanduser().glob("**/*CJK*"))


def chromium() -> Path | None:
    """Return the browser for browser tests, if one is on PATH."""
    return next((Path(found) for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


NEEDS = (
    Need(
        name="Pango",
        purpose="PDF statements",
        packages=("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
        is_met=pango_loads,
    ),
    Need(
        name="CJK font",
        purpose="Korean text in PDF statements",
        packages=("fonts-noto-cjk",),
        is_met=cjk_font_is_installed,
    ),
    Need(
        name="Chromium",
        purpose="browser tests",
        packages=("chromium",),
        is_met=lambda: chromium() is not None,
    ),
    Need(
        name="poppler",
        purpose="looking at PDF pages in tests",
        packages=("poppler-utils",),
        is_met=lambda: shutil.which("pdftoppm") is not None,
    ),
)


def unmet_needs() -> list[Need]:
    """Return what the system lacks, in the order it matters."""
    return [need for need in NEEDS if not need.is_met()]


def _all_load(names: tuple[str, ...]) -> bool:
    try:
        for name in names:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True
