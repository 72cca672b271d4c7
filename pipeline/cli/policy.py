"""`truefriend policy check`: what a policy file puts in force, and what it changes."""

from dataclasses import dataclass
from pathlib import Path

import click

from pipeline.core.errors import TruefriendError
from pipeline.core.policy import DEFAULT_POLICY, Policy
from sources.files.policy_file import read_policy

__all__ = ["policy"]


@click.group()
def policy() -> None:
    """Work with policy files."""


@policy.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.pass_context
def check(context: click.Context, file: Path, lang: str) -> None:
    """Check FILE; print what it puts in force and how that differs from the defaults."""
    try:
        checked = read_policy(file)
    except TruefriendError as error:
        click.echo(str(error), err=True)
        context.exit(error.exit_code)
    click.echo("\n".join(_lines(checked, _WORDS[lang])))


@dataclass(frozen=True)
class _Words:
    """The wording of one language; `keys` explains each key."""

    heading: str
    author: str
    reason: str
    default: str
    same: str
    changed: str
    keys: dict[str, str]


def _lines(checked: Policy, words: _Words) -> list[str]:
    values, defaults = checked.values(), DEFAULT_POLICY.values()
    lines = [words.heading.format(checked.version, checked.effective_from)]
    lines += [f"{words.author}{checked.author}"] if checked.author else []
    lines += [f"{words.reason}{checked.reason}"] if checked.reason else []
    width = max(len(f"{key} = {_toml(value)}") for key, value in _flat(values))
    standard = dict(_flat(defaults))
    changes = 0
    lines.append("")
    for key, value in _flat(values):
        differs = standard.get(key) != value
        changes += differs
        setting = f"{key} = {_toml(value)}"
        was = words.default.format(_toml(standard.get(key))) if differs else ""
        lines.append(f"{'*' if differs else ' '} {setting:{width}}  {_about(key, words)}{was}")
    return [*lines, "", words.changed.format(changes) if changes else words.same]


def _flat(values: dict[str, object]) -> list[tuple[str, object]]:
    """Tables as one row a key: fake.weights.fake_burst."""
    rows: list[tuple[str, object]] = []
    for key, value in values.items():
        if isinstance(value, dict):
            rows += [(f"{key}.{name}", number) for name, number in value.items()]
        else:
            rows.append((key, value))
    return rows


def _about(key: str, words: _Words) -> str:
    return words.keys.get(key) or words.keys[key.rpartition(".")[0]]


def _toml(value: object) -> str:
    """A value as one would write it in the file."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


_WORDS = {
    "zh": _Words(
        heading="政策 {} 正确，自 {} 起生效",
        author="制定人：",
        reason="原因：",
        default="（默认 {}）",
        same="与默认值完全相同。",
        changed="与默认值不同的有 {} 项，行首以 * 标出。",
        keys={
            "first_time.scope": "首次添加的范围：bank 全行，staff 按员工",
            "fake.threshold": "虚假添加得分达到此值即判为虚假",
            "fake.prior": "无证据时的对数几率（百万分之一）",
            "fake.weights": "该类证据的权重（百万分之一对数几率）",
            "fake.caps": "该类证据权重之和的上限",
            "allow_employees": "本行员工作为客户是否有效",
            "allow_shared_identity": "多个微信号认证为同一客户是否有效",
            "keep_days": "须保持好友关系的天数",
            "verification.required": "是否须认证",
            "verify_within_days": "认证期限（天）",
            "account.required": "是否须在添加当月月底前开户",
            "own_customer.required": "是否须为自己名下客户",
            "own_customer.allow_unassigned": "无管户客户经理的客户是否有效",
            "own_customer.roles": "受名下客户规则约束的岗位",
            "out_of_province.limit": "省外添加占比上限",
        },
    ),
    "en": _Words(
        heading="Policy {} is right; in force from {}",
        author="Author: ",
        reason="Reason: ",
        default=" (default {})",
        same="The same as the defaults in all keys.",
        changed="Different from the defaults in {} keys, marked with *.",
        keys={
            "first_time.scope": "where an add must be the customer's first: the bank or the staff",
            "fake.threshold": "a fake score of this or more makes an add fake",
            "fake.prior": "log-odds without evidence, in millionths",
            "fake.weights": "weight of this evidence, in millionths of log-odds",
            "fake.caps": "the most that this evidence can add up to",
            "allow_employees": "are the bank's employees valid customers",
            "allow_shared_identity": "may several accounts verify as one bank customer",
            "keep_days": "days for which the friend must be kept",
            "verification.required": "must the customer verify",
            "verify_within_days": "days to verify in",
            "account.required": "must there be an account by the end of the add's month",
            "own_customer.required": "must the customer be the staff member's own",
            "own_customer.allow_unassigned": "are customers without a manager valid",
            "own_customer.roles": "roles that the own-customer rule judges",
            "out_of_province.limit": "the greatest share of out-of-province adds",
        },
    ),
}
