"""The catalogues are current and complete; numbers are written exactly."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import pipeline.i18n
from pipeline.i18n import LANGUAGES, catalogue
from pipeline.i18n.update import compiled, merged
from sinks.reports.width import clean, cut, width
from sinks.reports.words import CODES, VERDICTS, Words

HERE = Path(pipeline.i18n.__file__).parent
CONTRACT_CODES = (
    "transferred", "not_first_time", "fake_lockstep", "fake_burst", "fake_shared_device",
    "fake_ring", "fake_reward_hunter", "fake_throwaway", "employee", "duplicate_identity",
    "removed_early", "unverified", "no_account", "not_own_customer", "out_of_province",
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_hold_what_the_sources_say(language: str) -> None:
    advice = "run python -m pipeline.i18n.update"
    assert (HERE / f"{language}.po").read_bytes() == merged(language), advice
    assert (HERE / f"{language}.mo").read_bytes() == compiled(language), advice


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    with (HERE / f"{language}.po").open("rb") as file:
        messages = [message for message in read_po(file, locale=language) if message.id]
    assert len(messages) > 80
    assert [message.id for message in messages if not message.string or message.fuzzy] == []
    assert [message.id for message in messages if list(message.check())] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_words(language: str) -> None:
    assert tuple(CODES) == CONTRACT_CODES
    words = Words(language)
    for code in CONTRACT_CODES:
        assert words.code(code, "invalid") != code
        assert width(words.code(code, "invalid")) <= 34


def test_verdicts_in_chinese() -> None:
    words = Words("zh")
    assert [words.verdict(v) for v in VERDICTS] == ["有效", "待认证", "无效", "虚假", "不计"]


def test_unknown_codes_are_shown_as_they_are() -> None:
    assert Words("en").code("fake_new", "fake") == "Other signs of a fake account (fake_new)"
    assert Words("en").code("new_rule", "invalid") == "new_rule"
    assert Words("en").code("unverified", "pending") == "Not verified yet, may still count"


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(3, 8, "37.5%"), (1, 3, "33.3%"), (2, 3, "66.7%"), (1, 2000, "0.1%"), (0, 0, "–")],
)  # fmt: skip
def test_percent(part: int, whole: int, expected: str) -> None:
    assert Words("en").percent(part, whole) == expected


def test_money_is_exact() -> None:
    words = Words("zh")
    assert words.yuan(123456789012345678) == "¥1,234,567,890,123,456.78"
    assert words.yuan(-5) == "−¥0.05"
    assert words.yuan(0) == "¥0.00"


def test_changes_carry_their_sign() -> None:
    words = Words("en")
    assert [words.change(n) for n in (1234, -5, 0)] == ["+1,234", "−5", "0"]
    assert words.points((3, 8), (1, 2)) == "−12.5 pp"
    assert words.points((0, 0), (1, 2)) == "–"


def test_width_counts_a_chinese_character_twice() -> None:
    assert width("张伟 (S1)") == 9
    assert cut("广州天河支行", 8) == "广州天…"
    assert clean("a\x1b[31mb\u202ec\n") == "a [31mb c "


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(KeyError):
        catalogue("fr")
