"""fake_throwaway: made to be counted: removed early, forged, silent, worked by a script."""

from pipeline.core.detectors.base import CustomerDetector, TraitsExample
from pipeline.core.detectors.levels import Level
from pipeline.core.detectors.members import Identity, Traits


def _level(traits: Traits) -> Level:
    return {
        "removed": traits.removed,
        "identity": traits.identity,
        "shared": int(traits.shared),
        "elsewhere": int(traits.elsewhere),
        "silent": int(not traits.wrote),
        "hurry": traits.hurry,
    }


DETECTOR = CustomerDetector(
    code="fake_throwaway",
    level=_level,
    runbook_zh="账号疑为一次性使用：核对身份信息与删除时间。",
    runbook_en="Perhaps an account for one use: look at its identity form and its removal.",
    examples=(
        TraitsExample(
            "a customer with an account who wrote",
            Traits(identity=Identity.ACCOUNT, wrote=True),
            False,
        ),
    ),
)
