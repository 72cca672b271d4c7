"""A font of this machine that has a picture's characters: a PNG cannot ask for one later.

An SVG holds its texts as texts, so whoever shows it draws them. The fonts that come with
matplotlib have no Chinese.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from matplotlib import font_manager, ft2font
from matplotlib.figure import Figure
from matplotlib.text import Text

__all__ = ["set_font"]

_PREFERRED = (
    "notosanscjk", "notosanssc", "sourcehansans", "wqy-microhei", "wqy-zenhei", "pingfang",
    "msyh", "hiragino", "droidsansfallback", "simhei", "dengxian", "uming", "ukai",
)  # fmt: skip
"""What the file names of usual Chinese fonts begin with, sans serif first."""

_LARGE = 1_000_000
"""Bytes: fonts with ten thousands of characters are larger, and to read all others takes long."""


def set_font(figure: Figure) -> bool:
    """Has the figure's texts drawn by a font with all their characters; False if there is none."""
    texts = [one for one in figure.findobj(Text) if isinstance(one, Text)]
    wanted = {
        ord(character) for one in texts for character in one.get_text() if character > "\u2e7f"
    }
    if not wanted:
        return True
    font = _font_with(frozenset(wanted))
    if font is None:
        return False
    for one in texts:
        one.set_fontfamily([font, "DejaVu Sans"])
    return True


@cache
def _font_with(characters: frozenset[int]) -> str | None:
    """Its family's name."""
    for path in sorted(font_manager.findSystemFonts(), key=_preference):
        try:
            unusual = _preference(path)[0] == len(_PREFERRED)
            if unusual and Path(path).stat().st_size < _LARGE:
                continue
            if characters <= set(ft2font.FT2Font(path).get_charmap()):
                font_manager.fontManager.addfont(path)
                name: str = font_manager.FontProperties(fname=path).get_name()
                return name
        except (OSError, RuntimeError, ValueError):
            continue  # somebody's broken font is no matter of ours
    return None


def _preference(path: str) -> tuple[int, bool, str]:
    name = Path(path).name.lower().replace(" ", "")
    place = next((n for n, one in enumerate(_PREFERRED) if name.startswith(one)), len(_PREFERRED))
    return place, "regular" not in name, path
