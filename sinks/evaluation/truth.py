"""Reads the truth about adds: a csv with staff_id, customer_id, label, pool_id and context."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline.core.errors import WrongUse

__all__ = ["COLUMNS", "LAWFUL", "read_truth"]

COLUMNS = ("staff_id", "customer_id", "label", "pool_id", "context")
LAWFUL = "organic"
"""The label of a lawful add; any other is a fake's."""

_REQUIRED = COLUMNS[:3]


def read_truth(path: Path) -> pa.Table:
    """The five columns as texts, empty where there is none; further columns are left out.

    WrongUse for what is no such csv: a missing file or column, a row without a pair or label, a
    pair told twice.
    """
    if not path.is_file():
        raise WrongUse(f"There is no file {path}: give the truth, as truth.csv of simulate.")
    try:
        table = _read(path)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0]
        raise WrongUse(
            f"{path} is no csv that can be read ({first}). Give one with the columns "
            f"{', '.join(COLUMNS)}."
        ) from error
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise WrongUse(
            f"{path} has no column {', '.join(missing)}: the truth needs {', '.join(COLUMNS)}."
        )
    table = table.select(list(COLUMNS))
    _check(path, table)
    return table


def _read(path: Path) -> pa.Table:
    types = dict.fromkeys(COLUMNS, pa.string())
    convert = csv.ConvertOptions(column_types=types, strings_can_be_null=False)
    return csv.read_csv(path, convert_options=convert)


def _check(path: Path, table: pa.Table) -> None:
    for name in _REQUIRED:
        empty = pc.sum(pc.equal(table[name], "")).as_py()
        if empty:
            raise WrongUse(f"{path} has {empty} rows without {name}: every add needs one.")
    pairs = table.group_by(["staff_id", "customer_id"]).aggregate([([], "count_all")])
    twice = table.num_rows - pairs.num_rows
    if twice:
        raise WrongUse(f"{path} tells {twice} pairs of staff and customer twice: one row an add.")
