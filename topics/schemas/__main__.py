"""Writes the schemas beside this file anew: ``python -m topics.schemas [FOLDER]``."""

import json
import sys
from pathlib import Path

from topics.asyncapi import document
from topics.json_schema import documents


def main(folder: Path) -> None:
    for name, content in {**documents(), "asyncapi.json": document()}.items():
        text = json.dumps(content, ensure_ascii=False, indent=2)
        (folder / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
