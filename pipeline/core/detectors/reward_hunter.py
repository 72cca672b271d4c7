"""fake_reward_hunter: comes to many staff members, takes the reward and leaves."""

from pipeline.core.detectors.base import CustomerDetector, TraitsExample
from pipeline.core.detectors.levels import Level, bucket
from pipeline.core.detectors.members import Traits

ADDS = (2, 3, 4, 6, 9)


def _level(traits: Traits) -> Level:
    if not traits.removed:
        return {"leaves": 0}
    return {"leaves": 1 + bucket(traits.adds, ADDS)}


DETECTOR = CustomerDetector(
    code="fake_reward_hunter",
    level=_level,
    runbook_zh="添加多名员工领取奖励后很快删除：核对活动领取记录。",
    runbook_en="Adds many staff for a reward and leaves soon: compare with the campaign's payouts.",
    examples=(TraitsExample("one add, kept", Traits(), False),),
)
