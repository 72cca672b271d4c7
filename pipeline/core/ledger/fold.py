"""Takes events into accounts: order-insensitive minima, maxima and sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.core.ledger.account import Account
from pipeline.core.records import Pair, Verification
from topics.events import Event, EventRef

__all__ = ["FOLDS", "REMEMBERED_FOREVER", "IpLookup"]

IpLookup = Callable[[str], str | None]
"""An address to one of the 34 provinces, or None."""


def _added(account: Account, event: Event, province_of: IpLookup) -> None:
    data: Any = event.data
    ref = event.ref
    pair = account.pair(data.staff_id)
    last = _later(pair.joined or pair.added, ref)
    if pair.added is None or ref < pair.added:
        pair.added = ref
        pair.add_way = data.add_way
        pair.province = data.province
        pair.ip_province = province_of(data.ip) if data.ip else None
    _set_joined(pair, last)


def _removed(account: Account, event: Event, _: IpLookup) -> None:
    data: Any = event.data
    ref = event.ref
    pair = account.pair(data.staff_id)
    pair.left = _later(pair.left, ref)
    if data.by != "transfer":
        account.note_removal(data.staff_id, ref)


def _transferred(account: Account, event: Event, _: IpLookup) -> None:
    data: Any = event.data
    if data.result != "success":
        return
    ref = event.ref
    giver = account.pair(data.from_staff_id)
    giver.left = _later(giver.left, ref)
    taker = account.pair(data.to_staff_id)
    if taker.transfer is None or ref < taker.transfer:
        taker.transfer = ref
    _set_joined(taker, _later(taker.joined or taker.added, ref))


def _verified(account: Account, event: Event, province_of: IpLookup) -> None:
    data: Any = event.data
    ref = event.ref
    known = account.verification
    if known is None or ref < known.ref:
        ip_province = province_of(data.ip) if data.ip else None
        account.verification = Verification(ref, data.bank_customer_id, data.province, ip_province)
        account.dirty.add(("verification", ""))


def _later(one: EventRef | None, other: EventRef) -> EventRef:
    return other if one is None or other > one else one


def _set_joined(pair: Pair, last: EventRef) -> None:
    pair.joined = None if last == pair.added else last  # most pairs join once: keep it once


FOLDS: dict[str, Callable[[Account, Event, IpLookup], None]] = {
    "friend.added": _added,
    "friend.removed": _removed,
    "friend.transferred": _transferred,
    "identity.verified": _verified,
}
"""The types that a verdict or a friendship depends on."""

REMEMBERED_FOREVER = frozenset(FOLDS)
