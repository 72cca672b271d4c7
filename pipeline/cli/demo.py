"""``truefriend demo``: a simulated bank's month through the whole of it, on this machine."""

from __future__ import annotations

import json
import shlex
import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

import click

from pipeline.core.errors import WrongUse
from sinks.cores import cores

__all__ = ["command"]

BANK = (
    "bank/events.jsonl.gz",
    "bank/reference/branches.jsonl",
    "bank/reference/customers.jsonl",
    "bank/reference/staff.jsonl",
    "bank/policy.toml",
    "bank/truth.csv",
    "bank/ip.csv",
)
DATABASE = "truefriend.duckdb"
LOG = "stream.log"
REPORTS = {
    "report.zh.html": ("html", "zh"),
    "report.zh.txt": ("text", "zh"),
    "report.en.html": ("html", "en"),
    "report.en.txt": ("text", "en"),
}
MADE = (*BANK, DATABASE, f"{DATABASE}.wal", LOG, *REPORTS)
"""All that the demo writes, in its folder; nothing else there is ever touched."""

_LIST = ".truefriend-demo.json"
"""Names the files of the folder that a demo made, and so may make anew."""


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="The folder to write into; it is made if missing.",
)
@click.option("--seed", type=click.IntRange(min=0), default=34, show_default=True)
@click.option("--replay", is_flag=True, help="Without Kafka: the files are replayed.")
@click.option(
    "--kafka",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The broker's folder, kept afterwards; one that runs there is used. Default: a temporary "
    "one.",
)
@click.option("--days", type=click.IntRange(1, 366), default=30, hidden=True)
@click.option("--staff", type=click.IntRange(min=4), default=60, hidden=True)
@click.option("--customers", type=click.IntRange(min=0), default=20_000, hidden=True)
def command(
    out: Path,
    seed: int,
    replay: bool,
    kafka: Path | None,
    days: int,
    staff: int,
    customers: int,
) -> None:
    """Simulates a bank's month, judges it, and writes the reports; then says where to look.

    The events go through a real Kafka broker, started for it on this machine and stopped again;
    where none can be run, the files are replayed. Run again it starts anew, in the files that it
    made itself.
    """
    from sources.simulate.run import simulate

    _claim(out)
    click.echo(f"1/3 模拟一家银行 {days} 天的互动 · Simulating a bank's {days} days …")
    made = simulate(seed, out / "bank", days, staff, customers)
    streamed = not replay and _can_stream()
    if streamed:
        _stream(out, made.lines, kafka)
    else:
        click.echo(f"2/3 判定 {made.lines:,} 行事件 · Judging {made.lines:,} lines of events …")
        _replay(out)
    click.echo("3/3 生成日报 · Writing the reports …")
    seen = _look(out)
    for name, (form, language) in REPORTS.items():
        _report(out, seen.day, name, form, language)
    click.echo(_where(out, seen, streamed))


class _Seen(NamedTuple):
    """What there is to look at: adds by verdict, the last day, and an add worth explaining."""

    adds: dict[str, int]
    day: date
    staff_id: str
    customer_id: str


def _claim(out: Path) -> None:
    """Makes the folder, removes what an earlier demo made; WrongUse where others' files stand."""
    out.mkdir(parents=True, exist_ok=True)
    listed = _listed(out / _LIST)
    foreign = [name for name in MADE if name not in listed and (out / name).exists()]
    if foreign:
        raise WrongUse(
            f"{out / foreign[0]} is there already and no demo made it. Give another folder with "
            "--out, or move the file away."
        )
    for name in listed:
        (out / name).unlink(missing_ok=True)
    (out / _LIST).write_text(json.dumps(list(MADE), indent=1), encoding="utf-8")


def _listed(path: Path) -> set[str]:
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return set()
    return set(names) & set(MADE) if isinstance(names, list) else set()


def _can_stream() -> bool:
    """Whether a broker can be run here; says why not. It may fetch Kafka first."""
    from pipeline.demo import why_no_kafka

    click.echo("    准备 Kafka · Getting Kafka ready …")
    reason = why_no_kafka()
    if reason is not None:
        click.echo(f"    没有 Kafka，改为重放 · Without Kafka, the files are replayed: {reason}")
    return reason is None


def _stream(out: Path, lines: int, kafka: Path | None) -> None:
    """Runs the bank's events through Kafka into the database."""
    from pipeline.demo import KafkaDemo, through_kafka

    click.echo(f"2/3 经 Kafka 判定 {lines:,} 行事件 · Judging {lines:,} lines through Kafka …")
    through_kafka(
        KafkaDemo(
            bank=out / "bank",
            lines=lines,
            db=out / DATABASE,
            log=out / LOG,
            kafka=kafka,
            workers=1 if cores() < 4 else 2,
        )
    )


def _replay(out: Path) -> None:
    """Replays the bank's events into the database."""
    from pipeline.replay.run import ReplayOptions, replay

    shards = min(cores(), 4)
    replay(
        ReplayOptions(
            inputs=[out / "bank" / "events.jsonl.gz"],
            reference=out / "bank" / "reference",
            db=out / DATABASE,
            policies=[out / "bank" / "policy.toml"],
            ip_table=out / "bank" / "ip.csv",
            shards=shards,
            processes=shards > 1,
        )
    )


def _look(out: Path) -> _Seen:
    from sinks.reports.database import reading

    with reading(out / DATABASE) as connection:
        row = connection.execute(
            """
            SELECT timezone(timezone, as_of)::DATE, staff_id, customer_id
            FROM main.report_state, main.adds
            ORDER BY array_position(['fake', 'invalid', 'excluded', 'pending', 'valid'], verdict),
                len(reasons) DESC, add_id
            LIMIT 1
            """
        ).fetchone()
        adds = connection.execute("SELECT verdict, count(*) FROM main.adds GROUP BY 1").fetchall()
    if row is None:
        raise WrongUse("The simulated bank has no add at all: give more --days or --customers.")
    return _Seen(dict(adds), *row)


def _report(out: Path, day: date, name: str, form: str, language: str) -> None:
    from sinks.reports import read_report, render

    report = read_report(out / DATABASE, day, [], staff=False)
    (out / name).write_text(render(report, form, language), encoding="utf-8", newline="\n")


def _where(out: Path, seen: _Seen, streamed: bool) -> str:
    """Where to look, in both languages."""
    said = []
    for language, log in _LOGS.items():
        more = log.format(log=out / LOG) if streamed else ""
        said.append(f"\n{_tell(language, out, seen)}{more}")
    return "\n".join(said)


def _tell(language: str, out: Path, seen: _Seen) -> str:
    from sinks.reports.words import Words

    words = Words(language)
    database = out / DATABASE
    program, db = _program(sys.argv[0]), shlex.quote(str(database))
    query = (
        "SELECT reasons[1] AS reason, count(*) AS adds FROM adds GROUP BY ALL ORDER BY adds DESC"
    )
    opened = f"duckdb.connect({json.dumps(str(database), ensure_ascii=False)}, read_only=True)"
    code = f"import duckdb; print({opened}.sql({json.dumps(query)}))"
    return _WHERE[language].format(
        verdicts=", ".join(f"{words.verdict(one)} {n:,}" for one, n in sorted(seen.adds.items())),
        html=out / f"report.{language}.html",
        text=out / f"report.{language}.txt",
        database=database,
        query=shlex.join([_near(sys.executable), "-c", code]),
        explain=f"{program} explain {shlex.join(seen[2:])} --db {db}",
        report=f"{program} report --db {db} --date {seen.day}",
        truth=out / "bank" / "truth.csv",
    )


def _program(called: str) -> str:
    """How this command was called, so that the lines shown can be copied."""
    return shlex.quote(_near(called)) if Path(called).name == "truefriend" else "truefriend"


def _near(path: str) -> str:
    """The path from here, where it lies below."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


_WHERE = {
    "zh": """\
完成。好友添加的判定：{verdicts}
  日报        {html}（浏览器打开），{text}
  数据库      {database}（用 DuckDB 打开，主要的表是 adds、staff_daily、branch_daily）
  查询示例    {query}
  判定依据    {explain}
  其他日期    {report}
  真实标签    {truth}（模拟数据才有）""",
    "en": """\
Done. The adds by verdict: {verdicts}
  Report      {html} (for a browser), {text}
  Database    {database} (open it with DuckDB; begin with adds, staff_daily, branch_daily)
  A query     {query}
  One add     {explain} --lang en
  Other days  {report} --lang en
  The truth   {truth} (only a simulated bank has it)""",
}

_LOGS = {
    "zh": "\n  进程日志    {log}（Kafka 上的工作进程和入库进程所说的）",
    "en": "\n  The logs    {log} (what worker and sink said)",
}
