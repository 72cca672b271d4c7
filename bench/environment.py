"""Python environments of what is measured beside truefriend: never dependencies of the product."""

from __future__ import annotations

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from bench.replay.bank import BUILD

__all__ = ["file_hash", "python_of"]


def python_of(name: str, requirements: Path) -> Path:
    """The Python of an environment with these requirements alone, made only once."""
    folder = BUILD / f"{name}-{file_hash(requirements)}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
        (folder / "done").touch()
    return folder / "bin" / "python"


def file_hash(path: Path) -> str:
    """Eight digits that change with the file's bytes."""
    return sha256(path.read_bytes()).hexdigest()[:8]
