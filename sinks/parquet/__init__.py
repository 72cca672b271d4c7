"""A copy for readers, as Parquet files: the database file itself is locked while the sink runs."""

from sinks.parquet.copy import TABLES, CopyTable
from sinks.parquet.snapshots import Snapshots, write_snapshot

__all__ = ["TABLES", "CopyTable", "Snapshots", "write_snapshot"]
