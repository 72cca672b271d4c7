"""fake_ring: a person without an account who adds many staff members, over hours to days.

Employees of other banks fill each other's counts: real people of the same city, no proxy, few
removals, but no customers. A firm's finance team and rate shoppers look alike, so this alone is
never enough.
"""

from pipeline.core.detectors.base import CustomerDetector, TraitsExample
from pipeline.core.detectors.levels import Level, bucket
from pipeline.core.detectors.members import SPANS, Identity, Traits

ADDS = (2, 3, 4, 6, 9)
PACES = len(SPANS)


def _level(traits: Traits) -> Level:
    several = bucket(traits.adds, ADDS)
    sound = traits.identity == Identity.ACCOUNT
    return {
        "adds": 0 if sound else several,
        "customer_adds": several if sound else 0,
        "pace": several * PACES + bucket(traits.span, SPANS[1:]) if several else 0,
    }


DETECTOR = CustomerDetector(
    code="fake_ring",
    level=_level,
    runbook_zh="非本行客户却添加多名员工：核对是否为同业人员互加。",
    runbook_en="No customer, yet a friend of many staff: look for employees of other banks.",
    examples=(TraitsExample("one add", Traits(identity=Identity.ACCOUNT), False),),
)
