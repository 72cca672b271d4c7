"""fake_burst: many adds of one staff member in minutes, by customers who look bought.

A burst alone is lawful (a fair, a payroll day, a campaign). What tells is who comes: customers
with several adds that month, with early removals, verified as nobody the bank knows, silent.
"""

from pipeline.core.detectors.base import LOOKS, GroupDetector
from pipeline.core.detectors.members import STAFF

DETECTOR = GroupDetector(
    code="fake_burst",
    kinds=STAFF,
    parts=LOOKS,
    of_add=True,
    runbook_zh="短时间内集中添加：询问员工当时有无活动，并核对来源渠道。",
    runbook_en="Many adds within minutes: ask what happened then, and compare with campaigns.",
)
