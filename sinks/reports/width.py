"""How wide a text stands on a screen: a Chinese character takes two columns."""

import unicodedata

__all__ = ["clean", "cut", "width"]


def width(text: str) -> int:
    """The columns of a terminal that the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def cut(text: str, columns: int) -> str:
    """The text, or as much of it as fits into `columns` with an ellipsis."""
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept + character) >= columns:
            break
        kept += character
    return kept + "…"


def clean(text: str) -> str:
    """The text with what a screen or a page would obey, not show, made visible as a space.

    Control characters (a terminal's escape among them), line ends and signs that turn the
    direction of writing. Names and ids are other people's text.
    """
    return "".join(" " if unicodedata.category(c) in _OBEYED else c for c in text)


_OBEYED = ("Cc", "Cf", "Zl", "Zp", "Cs")
