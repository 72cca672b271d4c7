"""Writes the reference data, the policy and the address table beside the events."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Final

from sources.simulate.clock import Clock
from sources.simulate.crm import Crm
from sources.simulate.places import address_table
from sources.simulate.staff import Team

POLICY: Final = """\
# The defaults, written out.
version = "{month}-v1"
effective_from = {first_day}
author = "运营管理部"
reason = "默认口径"

keep_days = 7
verify_within_days = 30
allow_employees = false
allow_shared_identity = false

[first_time]
scope = "bank"

[fake]
threshold = "0.95"

[verification]
required = true

[account]
required = true

[own_customer]
required = true
allow_unassigned = false
roles = ["manager"]

[out_of_province]
limit = "0.20"
"""


def write_team(out: Path, team: Team, clock: Clock) -> None:
    """Staff, branches, policy and address table: all that is known beforehand."""
    folder = out / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    staff = list(team.staff_rows())
    again = staff[-1]  # the export ends with a row that it already had
    _write(folder / "staff.jsonl", chain(staff, [again]))
    _write(folder / "branches.jsonl", team.branch_rows())
    policy = POLICY.format(month=f"{clock.first_day:%Y-%m}", first_day=clock.first_day)
    (out / "policy.toml").write_text(policy, encoding="utf-8")
    _write(out / "ip.csv", address_table())


def write_customers(out: Path, crm: Crm) -> None:
    """The CRM's rows, as they are at the end of the span."""
    _write(out / "reference" / "customers.jsonl", crm.rows())


def _write(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as file:
        for line in lines:
            file.write(line + "\n")
