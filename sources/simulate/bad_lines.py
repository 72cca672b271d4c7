"""Lines that no reader can accept, for every dead-letter code that a file can show.

Each template breaks one thing of a good event. `conflicting_duplicate` needs an earlier line
and is made in the outbox.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final

from sources.simulate.chance import generator
from sources.simulate.clock import HOUR, SECOND
from sources.simulate.outbox import Outbox
from sources.simulate.scene import Scene

_ADDED: Final = (
    '{"specversion":"1.0","id":"@ID","source":"h5/legacy","type":"friend.added",'
    '"time":"@TIME","data":{"staff_id":"s00001","customer_id":"@WHO","add_way":1}}'
)
_SALE: Final = (
    '{"specversion":"1.0","id":"@ID","source":"core/legacy","type":"sale.completed",'
    '"time":"@TIME","data":{"staff_id":"s00001","customer_id":"@WHO",'
    '"bank_customer_id":"100000000001","product":"fund","amount_fen":100}}'
)
# code, the good line, the part of it to break, what stands there instead
_BROKEN: Final = (
    ("bad_json", _ADDED, '"add_way":1}}', '"add_w'),
    ("bad_json", _ADDED, '"add_way":1', '"add_way":NaN'),
    ("bad_json", _ADDED, "s00001", "s\udcff\udcfe"),  # bytes that are not UTF-8
    ("bad_json", _ADDED, "s00001", "\\ud83d"),
    ("bad_json", _ADDED, _ADDED, "staff_id,customer_id,add_way"),
    ("bad_envelope", _ADDED, '"specversion":"1.0"', '"specversion":"0.3"'),
    ("bad_envelope", _ADDED, '"id":"@ID"', '"id":""'),
    ("bad_envelope", _ADDED, '"source":"h5/legacy",', ""),
    ("bad_envelope", _ADDED, '"type":"friend.added"', '"type":7'),
    ("bad_envelope", _ADDED, '{"staff_id":"s00001","customer_id":"@WHO","add_way":1}', "[]"),
    ("bad_envelope", _ADDED, _ADDED, '["friend.added","s00001","@WHO"]'),
    ("unknown_type", _ADDED, "friend.added", "friend.renamed"),
    ("unknown_type", _ADDED, "friend.added", "Friend.Added"),
    ("bad_time", _ADDED, "+08:00", ""),
    ("bad_time", _ADDED, "T", " "),
    ("bad_time", _ADDED, "@TIME", "2026-11-31T09:00:00+08:00"),
    ("bad_time", _ADDED, "@TIME", "2026-11-20T09:00:60Z"),
    ("bad_time", _ADDED, "@TIME", "1970-01-01T00:00:00Z"),
    ("bad_data", _ADDED, '"staff_id":"s00001",', ""),
    ("bad_data", _ADDED, '"customer_id":"@WHO"', '"customer_id":null'),
    ("bad_data", _ADDED, "s00001", ""),
    ("bad_data", _ADDED, '"add_way":1', '"add_way":"1"'),
    ("bad_data", _ADDED, '"add_way":1', '"add_way":1.0'),
    ("bad_data", _ADDED, '"add_way":1', '"add_way":1,"mutual":"no"'),
    ("bad_data", _SALE, '"amount_fen":100', '"amount_fen":1000000000000001'),
    ("bad_data", _SALE, '"product":"fund"', '"product":"bitcoin"'),
)


def scatter(scene: Scene, outbox: Outbox, expected: int) -> Counter[str]:
    """Enter bad lines in the calendar: each kind once, more in a big simulation.

    `expected` is about how many events there will be. Returns the lines by code.
    """
    rng = generator(scene.seed, "bad lines")
    codes: Counter[str] = Counter()
    for code, good, part, instead in _BROKEN:
        for _ in range(1 + expected // 1_000_000):
            time = int(rng.random() * scene.clock.end)
            line = _broken(scene, rng, time, good, part, instead)
            scene.calendar.at(time, outbox.bad, line)
            codes[code] += 1
    return codes


def _broken(scene: Scene, rng: Random, time: int, good: str, part: str, instead: str) -> str:
    template = good.replace(part, instead) if part != "T" else good
    hour, rest = divmod(time, HOUR)
    clock = f"{rest // 60_000:02d}:{rest // SECOND % 60:02d}+08:00"
    stamp = scene.clock.local_hours[hour] + clock
    if part == "T":
        stamp = stamp.replace("T", " ")
    elif part == "+08:00":
        stamp = stamp.removesuffix("+08:00")
    customer = scene.friendships.customer_id(scene.new_account())
    filled = template.replace("@TIME", stamp).replace("@WHO", customer)
    return filled.replace("@ID", f"01M7BAD{rng.getrandbits(76):019X}")
