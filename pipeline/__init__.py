"""From events to verdicts: the pure core and the shells that run it."""
