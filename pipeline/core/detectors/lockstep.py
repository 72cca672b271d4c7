"""fake_lockstep: the same two staff members, added in the same minutes by the same others.

A bought pool works through a list: its accounts add the same staff in the same minutes. Every two
adds of a customer make a *pair of tokens* (staff member, window of time); how many other customers
share the pair is the evidence. A customer with one add makes none, so a lawful burst of 500 costs
nothing, while comparing all accounts inside a burst grows with its square. It is the seed of
CopyCatch's biclusters (Beutel et al., WWW 2013) with m = 2.

Evidence of all pairs adds up: who shares one pair with a crowd met it, who shares ten works through
its list.
"""

from pipeline.core.detectors.base import GroupDetector
from pipeline.core.detectors.members import PAIR

DETECTOR = GroupDetector(
    code="fake_lockstep",
    kinds=PAIR,
    parts=("haste", "many", "removed", "stranger", "wrote", "elsewhere", "hurried", "sound"),
    runbook_zh="多个账号在同一时段添加同样的两名员工：核对是否有同一场活动，没有则按批量账号处理。",
    runbook_en="Accounts that add the same two staff in the same minutes: ask whether there was an "
    "event; if not, treat them as one bought batch.",
)
