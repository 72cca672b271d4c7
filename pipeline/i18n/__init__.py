"""The words that people read, in Chinese and English: gettext catalogues beside this file.

    words = catalogue("zh")
    words.gettext("Verified")

A message's id is its English text. `python -m pipeline.i18n.update` collects the ids from the
sources, merges them into zh.po and en.po and compiles these; a test holds the files to that.
"""

from functools import cache
from gettext import GNUTranslations
from pathlib import Path

__all__ = ["LANGUAGES", "N_", "catalogue"]

LANGUAGES = ("zh", "en")


@cache
def catalogue(language: str) -> GNUTranslations:
    """The catalogue of one of LANGUAGES. KeyError for another language."""
    if language not in LANGUAGES:
        raise KeyError(language)
    with Path(__file__).with_name(f"{language}.mo").open("rb") as file:
        return GNUTranslations(file)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translated later"
    """Marks a message for the catalogues without translating it."""
    return message
