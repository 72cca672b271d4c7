"""Brings the catalogues up to date with the sources: collects, merges, compiles.

    python -m pipeline.i18n.update

A new message gets an empty translation in zh.po, to be filled in by hand, and its own text in
en.po. What the sources no longer say is dropped.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from pipeline.i18n import LANGUAGES

__all__ = ["compiled", "extract", "main", "merged"]

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SOURCES = ("sinks/evaluation", "sinks/reports", "pipeline/cli")
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true"}}


def extract() -> set[str]:
    """The ids of all messages in the sources."""
    return {
        str(message)
        for folder in SOURCES
        for _, _, message, _, _ in extract_from_dir(
            str(ROOT / folder), METHODS, OPTIONS, keywords={"_": None, "N_": None}
        )
    }


def merged(language: str) -> bytes:
    """The .po file of a language as it should be: each message once, by id, without dates."""
    old = _read(language)
    new = Catalog(locale=language, fuzzy=False)
    for message in sorted(extract()):
        before = old.get(message)
        own = message if language == "en" else ""
        new.add(message, (before.string if before else "") or own)
    out = BytesIO()
    write_po(out, new, width=96, omit_header=True, no_location=True, sort_output=True)
    return _HEADER.encode() + out.getvalue()


def compiled(language: str) -> bytes:
    """The .mo file of a language as it should be."""
    plain = _Plain(locale=language)
    for message in _read(language):
        if message.id:
            plain.add(message.id, message.string)
    out = BytesIO()
    write_mo(out, plain)
    return out.getvalue()


class _Plain(Catalog):
    """A catalogue whose header tells neither the time nor Babel's version."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [("Content-Type", "text/plain; charset=utf-8")]


_HEADER = """\
# Words of truefriend's reports. Update with: python -m pipeline.i18n.update
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

"""


def _read(language: str) -> Catalog:
    path = HERE / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def main() -> None:
    """Rewrites the .po and .mo files."""
    for language in LANGUAGES:
        (HERE / f"{language}.po").write_bytes(merged(language))
        (HERE / f"{language}.mo").write_bytes(compiled(language))


if __name__ == "__main__":
    main()
