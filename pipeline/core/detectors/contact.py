"""lawful_contact: signs of a real customer, which speak against all others.

No family of fakes: its weight is negative, it gives no reason code, and it only lowers the score.
"""

from pipeline.core.detectors.base import CustomerDetector, TraitsExample
from pipeline.core.detectors.levels import Level
from pipeline.core.detectors.members import Identity, Traits


def _level(traits: Traits) -> Level:
    return {
        "contact": (2 if traits.identity == Identity.ACCOUNT else 0) + traits.wrote,
        "single": int(traits.adds == 1 and traits.removed == 0),
    }


DETECTOR = CustomerDetector(
    code="lawful_contact",
    level=_level,
    examples=(
        TraitsExample("nothing known", Traits(adds=2), False),
        TraitsExample("wrote, with an account", Traits(identity=3, wrote=True), True),
    ),
)
