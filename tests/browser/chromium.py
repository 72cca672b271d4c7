"""Runs a headless Chromium on a page: a picture, a PDF, and what its console said.

Chromium is not a Python package: without one (Debian: `apt install chromium`) the browser's
tests are skipped with that sentence.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Browser", "find_chromium"]

OWN = re.compile(r"https?://[^/]*\.(google|googleapis|gstatic)\.com/|chrome")
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str:
    """The path of a Chromium; skips the test if there is none."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    pytest.skip("No Chromium on this machine: install it (Debian: apt install chromium).")


@dataclass(frozen=True)
class Browser:
    """A Chromium with a folder of its own for its profile."""

    program: str
    folder: Path

    def picture(self, page: Path, out: Path, width: int, height: int) -> list[str]:
        """Writes a PNG of the page's top; returns what the console said."""
        return self._run(page, f"--screenshot={out}", f"--window-size={width},{height}")

    def pdf(self, page: Path, out: Path) -> list[str]:
        """Prints the page; returns what the console said."""
        return self._run(page, f"--print-to-pdf={out}", "--no-pdf-header-footer")

    def document(self, page: Path) -> str:
        """The page as the browser understood it."""
        return self._call(page, "--dump-dom").stdout

    def requests(self, page: Path) -> list[str]:
        """The addresses the page made the browser ask for, from the browser's own log.

        The browser's own calls home, to its maker's hosts, are left out.
        """
        log = self.folder / "net.json"
        self._call(page, "--dump-dom", f"--log-net-log={log}")
        text = log.read_text(encoding="utf-8")
        asked = {part.split('"', 1)[0] for part in text.split('"url":"')[1:]}
        return sorted(address for address in asked if not OWN.match(address))

    def _run(self, page: Path, *arguments: str) -> list[str]:
        done = self._call(page, "--enable-logging=stderr", "--v=0", *arguments)
        return [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    def _call(self, page: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [
            self.program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-features=NetworkTimeServiceQuerying",
            "--disable-sync",
            "--no-first-run",
            "--hide-scrollbars",
            f"--user-data-dir={self.folder / 'profile'}",
            *arguments,
            page.as_uri(),
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
