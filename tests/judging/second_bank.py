"""A second bank, to judge detectors by: written apart from ``sources/simulate``, from other ideas.

    python -m tests.judging.second_bank --seed N --out DIR [--staff S] [--days D]

writes what ``truefriend simulate`` writes (contract, section 5): events.jsonl.gz,
reference/customers|staff|branches.jsonl.gz, policy.toml, truth.csv; and ip.csv. The same seed gives
the same bytes. It is no command of the product, and nothing of it may be used to build a detector:
who tunes on a judge has none. All lines are valid; copies and late ones are among them.

What it assumes, in the order of ``tests/judging/second``:

- *chance, clock*: arrivals are renewal processes with gamma gaps (a counter, a round of stalls),
  Hawkes processes (queues, workshops, live streams) or fade by Omori's law after a call to all
  (red packets, group notices, task boards). Gaps are log-normal, sizes Pareto. Every rate is drawn
  three times: for the seed, for the group, for the person. The window ends with a month.
- *network*: carriers hide a province behind few addresses; homes, halls, firms have a line; a share
  of all lines shows IPv6 of its own. Pages tell the province by the address or by the telephone's
  number, so migrants look foreign and proxies native. Many adds pass no page and tell nothing.
- *people, habits*: staff differ in pull by an order of magnitude; customers belong to managers;
  some have two accounts, some numbers are in no row of the CRM. Ways and channels of a crowd are
  weights that every bank draws anew, and any crowd can show almost any of them.
- *crowds_branch, crowds_events, crowds_circles*: 19 lawful crowds. About a seventh of their people
  add several of the staff, some of them in the same minutes (two desks of a hall, stamps at a fair,
  "add both of us" at a payroll, greedy readers of a red packet, relatives doing a favour), for a
  lawful crowd has lockstep too, and lawful people share devices, addresses, numbers, and leave.
- *market, attacks*: sellers wear accounts out over many orders, for an add earns a tenth of a yuan;
  part-timers do errands with their own telephones; some are real customers of other staff. An order
  names one to nine staff (a fifth of them one). It goes account by account, staff by staff, or as
  errands over days. Gangs differ in care: verification with stolen numbers, talk, removal after the
  days to keep, proxies in the province, hiding in a lawful crowd's hours, look and address, real
  people asked in the same hours. Buyers buy at the month's end to reach 50 or 100, and honest staff
  push then as well. Rings are staff of other banks, in the province, over days. Hunters come where
  red packets are, to staff who bought nothing. Drips go on for weeks.
- *lives, chatter*: what follows an add is a matter of the person and the group; fakes talk, like
  and verify less on the whole, but no single one of these tells one of them.

``truth.csv``: staff_id, customer_id, label, pool_id (one order, round or scheme), context (the
crowd; for a fake the crowd it hides in, or "alone"). A bought account's lawful add is "organic".
"""

from __future__ import annotations

import argparse
import csv
import heapq
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.judging.second import crowds_branch, crowds_circles, crowds_events
from tests.judging.second.attacks import ATTACKS
from tests.judging.second.bank import Add, Bank
from tests.judging.second.chance import Dice
from tests.judging.second.chatter import day_of
from tests.judging.second.journal import Journal, gzip_file, write_rows
from tests.judging.second.lives import follow
from tests.judging.second.market import Market
from tests.judging.second.people import Staff

__all__ = ["CROWDS", "LABELS", "main", "write_bank"]

Episode = Callable[[Bank, Dice, int], int]
CROWDS: dict[str, tuple[Episode, float]] = {
    "everyday": (crowds_branch.everyday, 14),
    "hall_counter": (crowds_branch.hall_counter, 16),
    "hall_tablet": (crowds_branch.hall_tablet, 5),
    "merchants": (crowds_branch.merchants, 4),
    "call_centre": (crowds_branch.call_centre, 7),
    "payroll": (crowds_events.payroll, 10),
    "campus": (crowds_events.campus, 6),
    "fair": (crowds_events.fair, 5),
    "red_packet": (crowds_events.red_packet, 7),
    "late_night": (crowds_events.late_night, 5),
    "residents_group": (crowds_events.residents_group, 5),
    "insurance_day": (crowds_events.insurance_day, 3),
    "month_end_push": (crowds_branch.month_end_push, 4),
    "family": (crowds_circles.family, 3),
    "corporate_finance": (crowds_circles.corporate_finance, 3),
    "rate_shopper": (crowds_circles.rate_shopper, 1.5),
    "relatives": (crowds_circles.relatives, 1.7),
    "transfer": (crowds_circles.transfer, 2.5),
    "referral": (crowds_circles.referral, 2),
}
"""Lawful crowds: what plans one of their groups, and their usual share. Referrals come last:
they are made of people who are friends already."""

LABELS = ("organic", *ATTACKS)


def write_bank(seed: int, out: Path, staff: int = 300, days: int = 30) -> None:
    """Draws the bank of ``seed`` and writes its files into ``out``, which is made."""
    bank = Bank.draw(seed, staff, days)
    _plan(bank)
    (out / "reference").mkdir(parents=True, exist_ok=True)
    (out / "policy.toml").write_text(
        f'version = "{bank.calendar.first:%Y-%m}-v1"\n'
        f"effective_from = {bank.calendar.first.replace(day=1)}\n"
    )
    (out / "ip.csv").write_text(bank.network.table(), "utf-8")
    with (
        gzip_file(out / "events.jsonl.gz") as events,
        (out / "truth.csv").open("w", encoding="utf-8", newline="") as truth,
    ):
        _live(bank, Journal(bank, Dice(f"{seed}/journal"), events), csv.writer(truth).writerow)
    _write_reference(bank, out / "reference")


def _plan(bank: Bank) -> None:
    """All adds, in order of time: the lawful crowds first, for attacks hide among them."""
    dice = Dice(f"{bank.seed}/shares")
    total = int(len(bank.staff) * bank.calendar.days * dice.uniform(5.8, 7.4))
    shares = {name: share * dice.gammavariate(4, 0.25) for name, (_, share) in CROWDS.items()}
    whole = sum(shares.values())
    for name, (episode, _) in CROWDS.items():
        _fill(bank, name, max(0.008, shares[name] / whole) * total, episode)
    _attack(bank, dice, total)
    bank.adds.sort(key=lambda add: add.time)


def _attack(bank: Bank, dice: Dice, total: int) -> None:
    market = Market.draw(bank, Dice(f"{bank.seed}/market"))
    fakes = total * dice.uniform(0.014, 0.044)
    shares = {
        name: 0.4 + share * dice.gammavariate(3, 0.33) for name, (_, share) in ATTACKS.items()
    }
    whole = sum(shares.values())
    for name, (attack, _) in ATTACKS.items():
        _fill(bank, name, shares[name] / whole * fakes, _episode(market, attack))


def _episode(market: Market, attack: Callable[[Market, Dice, int], int]) -> Episode:
    """One order of a heavy-tailed size, so that a label is many schemes, and some large ones."""
    return lambda _, dice, room: attack(market, dice, min(room, dice.heavy(30, 0.8, 600)))


def _fill(bank: Bank, name: str, wanted: float, episode: Episode) -> None:
    """Group after group until there are as many adds as wanted, or it cannot be."""
    dice = Dice(f"{bank.seed}/{name}")
    left = round(wanted)
    for _ in range(50 + 3 * left):
        if left <= 0:
            break
        left -= episode(bank, dice, left)


def _live(bank: Bank, journal: Journal, write_truth: Callable[[tuple[str, ...]], object]) -> None:
    """Goes through the window: each add's events as it comes, each staff member's days."""
    dice = Dice(f"{bank.seed}/lives")
    write_truth(("staff_id", "customer_id", "label", "pool_id", "context"))
    for time, _, what in heapq.merge(_days(bank), _adds(bank)):
        journal.write_until(time)
        if isinstance(what, Add):
            write_truth(
                (what.staff.id, what.person.customer_id, what.label, what.pool, what.context)
            )
            happenings = follow(bank, what, dice)
        else:
            happenings = day_of(bank, what, bank.calendar.day_of(time), dice)
        for happening in happenings:
            journal.note(happening)
    journal.write_until(float("inf"))


def _adds(bank: Bank) -> Iterator[tuple[int, int, Add | Staff]]:
    for number, add in enumerate(bank.adds):
        yield add.time, len(bank.staff) + number, add


def _days(bank: Bank) -> Iterator[tuple[int, int, Add | Staff]]:
    for day in range(bank.calendar.days):
        for staff in bank.staff:
            yield bank.calendar.at(day, 0), staff.index, staff


def _write_reference(bank: Bank, out: Path) -> None:
    branches = {one.branch.id: one.branch for one in bank.staff}
    write_rows(
        out / "branches.jsonl.gz",
        (
            {"branch_id": one.id, "parent_branch_id": one.parent or None, "province": one.province}
            for one in branches.values()
        ),
    )
    write_rows(
        out / "staff.jsonl.gz",
        (
            {
                "staff_id": one.id,
                "role": one.role,
                "branch_id": one.branch.id,
                "province": one.province,
                "city": one.branch.city,
            }
            for one in bank.staff
        ),
    )
    write_rows(out / "customers.jsonl.gz", bank.book.rows.values())


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.judging.second_bank")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--staff", type=int, default=300)
    parser.add_argument("--days", type=int, default=30)
    chosen = parser.parse_args(arguments)
    write_bank(chosen.seed, chosen.out, chosen.staff, chosen.days)


if __name__ == "__main__":
    main()
