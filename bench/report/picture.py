"""Makes docs/report.png again: the HTML report of a simulated bank, as a browser shows it.

    python -m bench.report.picture [--lang zh] [--out docs/report.png]

Needs a Chromium (Debian: `apt install chromium fonts-noto-cjk`). The data are invented.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TRUEFRIEND = [sys.executable, "-c", "from pipeline.cli.main import main; main()"]
DAY = "2026-11-11"
SIZE = "1180,1420"


def main() -> None:
    """Reads the command line and makes the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lang", default="zh", choices=["zh", "en"])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "report.png")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = _report(Path(folder), options.lang)
        _photograph(page, options.out.resolve(), Path(folder))
    print(f"{options.out}: {options.out.stat().st_size} bytes")


def _report(folder: Path, language: str) -> Path:
    """Simulates a bank's weeks, replays them and writes the report of a day in them."""
    bank, db, page = folder / "bank", folder / "bank.duckdb", folder / "report.html"
    # The bank of the README, on the day of its bought pool: the page says what it has of fakes.
    _run("simulate", "--seed", "34", "--out", bank)
    _run(
        "replay", bank / "events.jsonl.gz", "--reference", bank / "reference",
        "--policy", bank / "policy.toml", "--ip-table", bank / "ip.csv", "--db", db,
        "--as-of", DAY,
    )  # fmt: skip
    _run("report", "--db", db, "--date", DAY, "--format", "html", "--lang", language, "--out", page)
    return page


def _run(*arguments: str | Path) -> None:
    subprocess.run(
        [*TRUEFRIEND, *map(str, arguments)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL
    )


def _photograph(page: Path, out: Path, folder: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("No Chromium on this machine: install it (Debian: apt install chromium).")
    out.parent.mkdir(parents=True, exist_ok=True)
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--no-first-run", "--hide-scrollbars")  # fmt: skip
    subprocess.run(
        [
            chromium,
            *flags,
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={SIZE}",
            f"--screenshot={out}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
