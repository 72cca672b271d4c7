"""add_id and other names that are hashes."""

from __future__ import annotations

from hashlib import sha256

__all__ = ["add_id"]


def add_id(staff_id: str, customer_id: str) -> str:
    """Lower-case hex of the first 16 bytes of SHA-256(staff_id 0x1F customer_id)."""
    return sha256(f"{staff_id}\x1f{customer_id}".encode()).hexdigest()[:32]
