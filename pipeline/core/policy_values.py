"""Readers of single policy values: a TOML value in, a typed value out, or `BadValueError`."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from fractions import Fraction

__all__ = [
    "BadValueError",
    "choice",
    "closest",
    "day",
    "decimal_text",
    "exact_decimal",
    "families",
    "flag",
    "label",
    "note",
    "parse_decimal",
    "probability",
    "roles",
    "whole_number",
]

_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_FAMILY = re.compile(r"(?:fake|lawful)_[a-z0-9_]+")
# Far beyond any use, and it keeps an exact fraction from growing without bounds.
_MOST_DIGITS = 40


class BadValueError(Exception):
    """`allowed` completes "key must be …"; `value` is what stood there instead.

    below: the path under the key for values that are tables; suggestion: what was meant.
    """

    def __init__(
        self,
        allowed: str,
        value: object,
        *,
        below: tuple[str, ...] = (),
        suggestion: str | None = None,
    ) -> None:
        super().__init__(f"must be {allowed}, not {_describe(value)}")
        self.below = below
        self.suggestion = suggestion


def flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise BadValueError("true or false (without quotes)", value)


def whole_number(least: int, most: int) -> Callable[[object], int]:
    """A reader of TOML integers from `least` to `most`, both allowed."""

    def read(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise BadValueError(f"a whole number from {least} to {most}", value)

    return read


def choice(*allowed: str) -> Callable[[object], str]:
    """A reader of one of a few texts."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        named = " or ".join(f'"{name}"' for name in allowed)
        raise BadValueError(named, value, suggestion=closest(value, allowed))

    return read


def roles(allowed: tuple[str, ...]) -> Callable[[object], frozenset[str]]:
    """A reader of a list of some of `allowed`; the empty list is one too."""
    named = "a list of some of " + ", ".join(f'"{name}"' for name in allowed)

    def read(value: object) -> frozenset[str]:
        if not isinstance(value, list):
            raise BadValueError(named, value)
        for item in value:
            if item not in allowed:
                raise BadValueError(named, item, suggestion=closest(item, allowed))
        return frozenset(value)

    return read


def exact_decimal(value: object) -> Fraction:
    """A decimal of zero or more, exactly as written: a number or its text."""
    number = _decimal(value)
    if number is None or number < 0:
        raise BadValueError(
            f'a decimal number of 0 or more with at most {_MOST_DIGITS} digits, as "0.20"', value
        )
    return Fraction(number)


def probability(value: object) -> float:
    """A number from 0 to 1, given as a number or its text, as a DOUBLE."""
    number = _decimal(value)
    if number is None or not 0 <= number <= 1:
        raise BadValueError("a number from 0 to 1, as 0.95", value)
    return float(number)


def families(least: int, most: int) -> Callable[[object], dict[str, int]]:
    """A reader of a table from reason codes fake_* to integers (millionths of log-odds)."""
    read_number = whole_number(least, most)

    def read(value: object) -> dict[str, int]:
        if not isinstance(value, dict):
            raise BadValueError("a table from codes fake_… to whole numbers", value)
        for code, number in value.items():
            if not _FAMILY.fullmatch(code):
                raise BadValueError(
                    "named by a code fake_… of small letters, digits and _", code, below=(code,)
                )
            try:
                read_number(number)
            except BadValueError as bad:
                bad.below = (code,)
                raise
        return dict(value)

    return read


def day(value: object) -> date:
    """A TOML date, or the text YYYY-MM-DD."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and (found := _DAY.fullmatch(value)):
        try:
            return date(*map(int, found.groups()))
        except ValueError as error:
            raise BadValueError("a date that exists", value) from error
    raise BadValueError("a date, as 2026-11-01", value)


def label(value: object) -> str:
    """A text that can stand in a report and a file name's place: printable, not blank."""
    if isinstance(value, str) and value.strip() == value != "" and value.isprintable():
        return value
    raise BadValueError('a text, as "2026-11", without spaces around it', value)


def note(value: object) -> str | None:
    """Any text; the empty one counts as absent."""
    if isinstance(value, str):
        return value or None
    raise BadValueError("a text in quotes", value)


def parse_decimal(text: str) -> Decimal:
    """For tomllib's parse_float; what Decimal cannot hold becomes NaN, which no reader takes."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def decimal_text(number: Fraction) -> str:
    """An exact decimal as text without trailing zeros: 1/5 -> "0.2"."""
    places = 0
    while (scaled := number * 10**places).denominator != 1:
        if places == 2 * _MOST_DIGITS:
            return str(number)  # no decimal: 1/3
        places += 1
    return f"{Decimal(int(scaled)).scaleb(-places):f}"


def closest(value: object, allowed: Iterable[str]) -> str | None:
    """The one of `allowed` that was probably meant, or None."""
    found = difflib.get_close_matches(str(value).lower(), list(allowed), n=1)
    return found[0] if found else None


def _decimal(value: object) -> Decimal | None:
    """The number written, or None for anything that is no decimal of a sane size."""
    if isinstance(value, str):
        value = Decimal(value) if _DECIMAL.fullmatch(value) else None
    elif isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    shape = value.as_tuple()
    assert isinstance(shape.exponent, int)
    small = len(shape.digits) <= _MOST_DIGITS and abs(shape.exponent) <= _MOST_DIGITS
    return value if small else None


def _describe(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{_short(value)}"'
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, date | time):
        return f"the time {value.isoformat()}"
    return _short(str(value))


def _short(text: str) -> str:
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= 60 else text[:60] + "…"
