"""A simulated bank: a month of interactions with its reference data and the truth.

Where to find what: `staff.py` and `crm.py` are the bank; `work.py` is its daily routine;
`crowds/` holds one file for each kind of lawful crowd, `attacks/` one for each kind of attack;
`friendship.py` plays both; `calendar.py` holds what is still to happen, `outbox.py` writes the
lines with their late arrivals and copies, `bad_lines.py` those that cannot be read.
"""

from __future__ import annotations

from sources.simulate.run import SimulationSummary, simulate

__all__ = ["SimulationSummary", "simulate"]
