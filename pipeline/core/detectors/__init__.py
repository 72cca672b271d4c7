"""Detectors of fakes: one small file each, and what they share.

``members`` is what they are told, ``cells`` and ``group`` gather it by subject and time, ``levels``
turns it into points, ``detection`` is the stage that does so for many subjects, ``customers``
holds what a customer's own month says. Two strata: the first reads facts from interactions and the
CRM, the second (cohort) what the first suspects; only the ledger reads the second's.
"""

from pipeline.core.detectors import (
    burst,
    cohort,
    contact,
    lockstep,
    reward_hunter,
    ring,
    shared_device,
    throwaway,
)
from pipeline.core.detectors.base import CustomerDetector, GroupDetector

__all__ = ["CUSTOMER_DETECTORS", "GROUP_DETECTORS", "runbooks"]

GROUP_DETECTORS: tuple[GroupDetector, ...] = (
    lockstep.DETECTOR,
    burst.DETECTOR,
    shared_device.DETECTOR,
    cohort.DETECTOR,
)
CUSTOMER_DETECTORS: tuple[CustomerDetector, ...] = (
    ring.DETECTOR,
    reward_hunter.DETECTOR,
    throwaway.DETECTOR,
    contact.DETECTOR,
)


def runbooks(code: str) -> tuple[str, str]:
    """What to do about a code's evidence, in Chinese and English."""
    found: dict[str, tuple[str, str]] = {}
    for group in GROUP_DETECTORS:
        found[group.code] = group.runbook_zh, group.runbook_en
    for customer in CUSTOMER_DETECTORS:
        found[customer.code] = customer.runbook_zh, customer.runbook_en
    return found.get(code, ("", ""))
