"""Policies: every key both ways, every mistake with its line and suggestion."""

import pickle
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.policy import policy as policy_command
from pipeline.core.errors import PolicyError, TruefriendError, WrongUse
from pipeline.core.policy import DEFAULT_POLICY, KEYS, Policy, PolicySet, parse_policy
from pipeline.core.toml_lines import key_lines

HEAD = 'version = "v1"\neffective_from = 2026-11-01\n'


def parse(body: str) -> Policy:
    return parse_policy(HEAD + body, "p.toml")


def failure(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "p.toml")
    return caught.value


def days(year: int, month: int, day: int) -> int:
    return (date(year, month, day) - date(1970, 1, 1)).days


def test_the_defaults_are_the_contracts() -> None:
    assert DEFAULT_POLICY.version == "default"
    shown = {k: v for k, v in DEFAULT_POLICY.values().items() if not isinstance(v, dict)}
    assert shown.pop("fake.prior") == DEFAULT_POLICY.fake_prior < 0  # fitted, not promised
    assert shown == {
        "first_time.scope": "bank",
        "fake.threshold": 0.95,
        "allow_employees": False,
        "allow_shared_identity": False,
        "keep_days": 7,
        "verification.required": True,
        "verify_within_days": 30,
        "account.required": True,
        "own_customer.required": True,
        "own_customer.allow_unassigned": False,
        "own_customer.roles": ["manager"],
        "out_of_province.limit": "0.2",
    }
    assert parse("").values() == DEFAULT_POLICY.values()


@pytest.mark.parametrize(
    ("body", "attribute", "value"),
    [
        ('author = "Li"', "author", "Li"),
        ('author = ""', "author", None),
        ('reason = "新规"', "reason", "新规"),
        ('first_time.scope = "staff"', "first_time_scope", "staff"),
        ('[first_time]\nscope = "bank"', "first_time_scope", "bank"),
        ("fake.threshold = 0.5", "fake_threshold", 0.5),
        ("fake.threshold = 1", "fake_threshold", 1.0),
        ('fake.threshold = "0"', "fake_threshold", 0.0),
        ("fake.prior = -1", "fake_prior", -1),
        ("allow_employees = true", "allow_employees", True),
        ("allow_employees = false", "allow_employees", False),
        ("allow_shared_identity = true", "allow_shared_identity", True),
        ("keep_days = 0", "keep_days", 0),
        ("keep_days = 36500", "keep_days", 36500),
        ("verification.required = false", "verification_required", False),
        ("[verification]\nrequired = true", "verification_required", True),
        ("verify_within_days = 60", "verify_within_days", 60),
        ("account = { required = false }", "account_required", False),
        ("own_customer.required = false", "own_customer_required", False),
        ("own_customer.allow_unassigned = true", "own_customer_allow_unassigned", True),
        ("own_customer.roles = []", "own_customer_roles", frozenset()),
        (
            '[own_customer]\nroles = [\n "head",\n "teller", # both\n]',
            "own_customer_roles",
            frozenset({"head", "teller"}),
        ),
        ('out_of_province.limit = "0.20"', "out_of_province_limit", Fraction(1, 5)),
        ("out_of_province.limit = 0.1", "out_of_province_limit", Fraction(1, 10)),
        ("out_of_province.limit = 0", "out_of_province_limit", Fraction(0)),
        ("out_of_province.limit = 1", "out_of_province_limit", Fraction(1)),
        ("out_of_province.limit = 1.5e0", "out_of_province_limit", Fraction(3, 2)),
    ],
)
def test_each_key_is_read(body: str, attribute: str, value: object) -> None:
    assert getattr(parse(body), attribute) == value


def test_weights_and_caps_keep_the_defaults_of_what_they_do_not_name() -> None:
    policy = parse("[fake.weights]\nfake_burst = 1\nfake_own_idea = 2\n[fake.caps]\nfake_ring = 3")
    assert policy.fake_weights == {
        **DEFAULT_POLICY.fake_weights,
        "fake_burst": 1,
        "fake_own_idea": 2,
    }
    assert policy.fake_caps == {**DEFAULT_POLICY.fake_caps, "fake_ring": 3}


def test_the_head_is_kept() -> None:
    text = '\ufeffversion = "v1"\r\neffective_from = "2026-11-01"\r\n'
    policy = parse_policy(text)
    assert (policy.version, policy.effective_from) == ("v1", date(2026, 11, 1))
    assert policy.toml == text


DAYS_RANGE = "a whole number from 0 to 36500"
FRACTION = 'a decimal number of 0 or more with at most 40 digits, as "0.20"'


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('first_time.scope = "stuff"', 'must be "bank" or "staff", not the text "stuff"'),
        ("first_time.scope = 1", 'must be "bank" or "staff", not 1'),
        ("fake.threshold = 1.01", "must be a number from 0 to 1, as 0.95, not 1.01"),
        ("fake.threshold = nan", "must be a number from 0 to 1, as 0.95, not NaN"),
        ("fake.threshold = true", "must be a number from 0 to 1, as 0.95, not true"),
        ("fake.prior = 0.5", "must be a whole number from -1000000000 to 1000000000, not 0.5"),
        ("fake.weights = 3", "must be a table from codes fake_… to whole numbers, not 3"),
        (
            "fake.caps.fake_ring = -1",
            "fake.caps.fake_ring must be a whole number from 0 to 1000000000, not -1",
        ),
        (
            "fake.weights.ring = 1",
            "must be named by a code fake_… of small letters, digits and _, not the text",
        ),
        ('allow_employees = "no"', 'must be true or false (without quotes), not the text "no"'),
        ("allow_shared_identity = 0", "must be true or false (without quotes), not 0"),
        ("keep_days = -1", f"must be {DAYS_RANGE}, not -1"),
        ("keep_days = true", f"must be {DAYS_RANGE}, not true"),
        ("keep_days = 7.0", f"must be {DAYS_RANGE}, not 7.0"),
        ("verify_within_days = 36501", f"must be {DAYS_RANGE}, not 36501"),
        ('verify_within_days = "30"', f'must be {DAYS_RANGE}, not the text "30"'),
        ("verification.required = []", "must be true or false (without quotes), not a list"),
        ("account.required = {}", "must be true or false (without quotes), not a table"),
        ("own_customer.required = 2026-01-01", "not the time 2026-01-01"),
        ('own_customer.roles = "manager"', "must be a list of some of"),
        ('own_customer.roles = ["boss"]', 'not the text "boss"'),
        ("own_customer.roles = [[1]]", "not a list"),
        ("out_of_province.limit = -0.1", f"must be {FRACTION}, not -0.1"),
        ("out_of_province.limit = inf", f"must be {FRACTION}, not Infinity"),
        ('out_of_province.limit = "nan"', f'must be {FRACTION}, not the text "nan"'),
        ('out_of_province.limit = "20%"', f'must be {FRACTION}, not the text "20%"'),
        ('out_of_province.limit = "０.２"', f'must be {FRACTION}, not the text "０.２"'),
        ("out_of_province.limit = 1e999999999", "not 1E+999999999"),
        ("out_of_province.limit = 1e9999999999999999999999", "not NaN"),
        ("own_customer = 1", "own_customer is a table with the keys own_customer.required, own_cu"),
        ("author = 1", "must be a text in quotes, not 1"),
    ],
)
def test_a_wrong_value_names_the_line_the_key_and_what_is_allowed(body: str, sentence: str) -> None:
    error = failure(f"{HEAD}# a note\n\n{body}\n")
    assert str(error).startswith(f"p.toml:5: {error.key} ")
    assert sentence in str(error)
    assert (error.file, error.line) == ("p.toml", 5)


@pytest.mark.parametrize(
    ("body", "line", "key", "suggestion"),
    [
        ("keep_day = 7", 3, "keep_day", "keep_days"),
        ("\n[first_time]\nscop = 1", 5, "first_time.scop", "first_time.scope"),
        ("[out_of_provinces]\nlimit = 0", 3, "out_of_provinces", "out_of_province"),
        ("limit = 0", 3, "limit", "out_of_province.limit"),
        ("first_time_scope = 'bank'", 3, "first_time_scope", "first_time.scope"),
        ("'first_time.scope' = 'bank'", 3, '"first_time.scope"', "first_time.scope"),
        ("[fake]\n\nkeep_days = 7", 5, "fake.keep_days", "keep_days"),
        ("x = '''\nkeep_dais = 1\n'''\nkeep_dais = 1", 3, "x", None),
        ("author = '''\nkeep_dais = 1\n'''\nkeep_dais = 1", 6, "keep_dais", "keep_days"),
        ("own_customer = {\n roles = 1}", 3, None, None),
        ("[first_time]\nscope = 'bnak'", 4, "first_time.scope", '"bank"'),
        ("own_customer.roles = ['Manager']", 3, "own_customer.roles", '"manager"'),
    ],
)
def test_a_suggestion_is_made(
    body: str, line: int, key: str | None, suggestion: str | None
) -> None:
    error = failure(HEAD + body)
    assert (error.line, error.key, error.suggestion) == (line, key, suggestion)
    assert (f"Did you mean {suggestion}?" in str(error)) == (suggestion is not None)


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("", 1, "version is missing"),
        ('version = "a"', 1, "effective_from is missing"),
        ("version = 1\neffective_from = 2026-11-01", 1, "version must be a text"),
        ('version = " "\neffective_from = 2026-11-01', 1, "version must be a text"),
        ('version = "a"\neffective_from = "2026-02-30"', 2, "must be a date that exists"),
        ('version = "a"\neffective_from = "20261101"', 2, "must be a date, as 2026-11-01"),
        ('version = "a"\neffective_from = 2026-11-01T00:00:00', 2, "not the time 2026-11-01T"),
        ('version = "a"\nversion = "b"', 2, "not valid TOML: Cannot overwrite a value"),
        ('version = "a"\nkeep_days =\n', 2, "not valid TOML: Invalid value"),
        ('version = "a"\nauthor = """\n', 2, "not valid TOML: Unterminated string"),
        ("x = " + "[" * 5000, 1, "not valid TOML"),
        ("x = " + "1" * 5000, 1, "not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text: str, line: int, sentence: str) -> None:
    error = failure(text)
    assert error.line == line
    assert sentence in str(error)


def test_an_unknown_key_without_likeness_lists_the_keys() -> None:
    assert str(failure(f"{HEAD}zzz = 1")) == (
        f"p.toml:3: zzz is no key of a policy. The keys are: {', '.join(KEYS)}."
    )


def test_the_errors_are_one_tree() -> None:
    assert (TruefriendError.exit_code, WrongUse.exit_code, PolicyError.exit_code) == (1, 2, 2)
    error = failure("zzz = 1")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.__dict__) == (str(error), error.__dict__)


def test_a_policy_can_be_hashed_and_sent_to_another_process() -> None:
    policy = parse("keep_days = 3")
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert len({policy, parse("keep_days = 3")}) == 1


def named(version: str, day: str) -> Policy:
    return parse_policy(f'version = "{version}"\neffective_from = {day}')


def test_the_greatest_start_not_after_the_day_is_in_force() -> None:
    a, b = named("a", "2026-01-01"), named("b", "2026-03-01")
    policies = PolicySet([b, a])
    assert policies.policies == (a, b)
    assert policies.in_force(days(2025, 1, 1)) is a
    assert policies.in_force(days(2026, 2, 28)) is a
    assert policies.in_force(days(2026, 3, 1)) is b
    assert policies.in_force(days(2099, 1, 1)) is b
    assert PolicySet().in_force(0) is DEFAULT_POLICY


def test_a_later_text_of_a_version_replaces_the_earlier() -> None:
    old, other, new = named("a", "2026-01-01"), named("b", "2026-02-01"), named("a", "2026-03-01")
    assert PolicySet([old, other, new]).policies == (other, new)


def test_two_versions_of_one_day_are_wrong_use() -> None:
    with pytest.raises(PolicyError, match="policies a and b both have effective_from 2026-01-01"):
        PolicySet([named("a", "2026-01-01"), named("b", "2026-01-01")])


@given(st.decimals(min_value=0, max_value=100, places=4))
def test_a_limit_is_exactly_what_is_written(number: object) -> None:
    as_text = parse(f'out_of_province.limit = "{number:f}"')
    as_number = parse(f"out_of_province.limit = {number:f}")
    assert as_text.out_of_province_limit == as_number.out_of_province_limit == Fraction(str(number))
    assert Fraction(str(as_text.values()["out_of_province.limit"])) == Fraction(str(number))


def test_lines_are_found_across_all_ways_of_writing() -> None:
    text = 'a.b = [ # ]\n "]", \'x\',\n]\n"q.r" = """\n[no]\n"""\n[t.\'u v\']\nw = {x = 1, y = 2}\n'
    assert key_lines(text) == {
        ("a",): 1,
        ("a", "b"): 1,
        ("q.r",): 4,
        ("t", "u v"): 7,
        ("t", "u v", "w"): 8,
    }


def run(file: Path, *options: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(policy_command, ["check", str(file), *options])
    return result.exit_code, result.stdout, result.stderr


def test_check_prints_what_is_in_force(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(f'{HEAD}author = "Li"\nkeep_days = 3\nfake.weights.fake_new = 5\n')
    code, out, _ = run(file, "--lang", "en")
    assert code == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[:2] == ["Policy v1 is right; in force from 2026-11-01", "Author: Li"]
    assert "* keep_days = 3 days for which the friend must be kept (default 7)" in lines
    assert 'out_of_province.limit = "0.2" the greatest share of out-of-province adds' in lines
    assert lines[-1] == "Different from the defaults in 2 keys, marked with *."
    code, out, _ = run(file)
    assert code == 0
    assert out.startswith("政策 v1 正确，自 2026-11-01 起生效\n制定人：Li\n")
    file.write_text(HEAD)
    assert run(file)[1].endswith("与默认值完全相同。\n")


def test_check_refuses_with_code_2(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_bytes(HEAD.encode() + b'author = "\xff"')
    assert run(file) == (2, "", f"{file}:3: This is not UTF-8 text. Save the file as UTF-8.\n")
    file.write_text(f"{HEAD}keep_day = 1")
    sentence = f"{file}:3: keep_day is no key of a policy. Did you mean keep_days?\n"
    assert run(file) == (2, "", sentence)
    code, _, err = run(tmp_path / "none.toml")
    assert (code, "cannot be read (No such file or directory)" in err) == (2, True)
    assert run(tmp_path)[0] == 2
