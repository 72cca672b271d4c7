"""Takes events into accounts: order-insensitive minima, maxima and sums."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, NamedTuple

from pipeline.core.ledger.account import Account, prune_removals
from pipeline.core.records import Pair, Verification
from topics.event import Event
from topics.events import EventRef
from topics.provinces import province_code

__all__ = ["FOLDS", "REMEMBERED_FOREVER", "IpLookup", "Look", "marker"]

IpLookup = Callable[[str], str | None]
"""An address to one of the 34 provinces, or None."""


class Look(NamedTuple):
    """How an event's addresses and devices are looked at: never kept as they are."""

    province_of: IpLookup
    mark: Callable[[bytes, str], bytes]


def marker(key: bytes) -> Callable[[bytes, str], bytes]:
    """(kind, text) to the kind's letter and 8 bytes of a hash under the bank's key."""
    short = key if len(key) <= 64 else blake2b(key).digest()

    def mark(kind: bytes, text: str) -> bytes:
        return kind + blake2b(text.encode(), digest_size=8, key=short, person=kind).digest()

    return mark


def _added(account: Account, event: Event, look: Look) -> None:
    data: Any = event.data
    ref = event.ref
    pair = account.pair(data.staff_id)
    last = _later(pair.last_joined(), ref)
    if pair.added is None or ref < pair.added:
        pair.added = ref
        pair.add_way = data.add_way
        pair.province = province_code(data.province)
        pair.ip_province = province_code(look.province_of(data.ip)) if data.ip else None
        prune_removals(pair)
    _set_joined(pair, last)
    _link(account, data, look)


def _removed(account: Account, event: Event, _: Look) -> None:
    data: Any = event.data
    ref = event.ref
    pair = account.pair(data.staff_id)
    history = pair.own_history()
    history.left = _later(history.left, ref)
    if data.by != "transfer":
        account.note_removal(data.staff_id, ref)


def _transferred(account: Account, event: Event, _: Look) -> None:
    data: Any = event.data
    if data.result != "success":
        return
    ref = event.ref
    giver = account.pair(data.from_staff_id).own_history()
    giver.left = _later(giver.left, ref)
    taker = account.pair(data.to_staff_id)
    history = taker.own_history()
    if history.transfer is None or ref < history.transfer:
        history.transfer = ref
    _set_joined(taker, _later(taker.last_joined(), ref))


def _verified(account: Account, event: Event, look: Look) -> None:
    data: Any = event.data
    _link(account, data, look)
    account.link(look.mark(b"b", data.bank_customer_id))
    ref = event.ref
    known = account.verification
    if known is None or ref < known.ref:
        account.verification = Verification(
            ref,
            data.bank_customer_id,
            province_code(data.province),
            province_code(look.province_of(data.ip)) if data.ip else None,
        )


def _link(account: Account, data: Any, look: Look) -> None:
    if data.device_id:
        account.link(look.mark(b"d", data.device_id))
    if data.ip:
        account.link(look.mark(b"i", data.ip))


def _later(one: EventRef | None, other: EventRef) -> EventRef:
    return other if one is None or other > one else one


def _set_joined(pair: Pair, last: EventRef) -> None:
    joined = None if last == pair.added else last  # most pairs join once: keep it once
    if joined != pair.past().joined:
        pair.own_history().joined = joined


FOLDS: dict[str, Callable[[Account, Event, Look], None]] = {
    "friend.added": _added,
    "friend.removed": _removed,
    "friend.transferred": _transferred,
    "identity.verified": _verified,
}
"""The types that a verdict or a friendship depends on."""

REMEMBERED_FOREVER = frozenset(FOLDS)
