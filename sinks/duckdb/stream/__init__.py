"""The sink: the stream's output and reference topics into DuckDB, exactly once."""
