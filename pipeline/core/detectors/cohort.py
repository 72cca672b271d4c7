"""fake_cohort: who comes with the suspected is suspected (second stratum).

Once some customers at a device, an address, a bank number or in a staff member's minutes are
suspected by the first stratum, the others there are judged by the share that is. It
reads the first stratum's signals, summed up as a customer's suspicion, and only the ledger reads
its own: so it ends, and the order does not matter. What is said of single adds (bursts) is no part
of suspicion, and pairs of staff have no cohort: their company is what made the signal already.
"""

from pipeline.core.detectors.base import GroupDetector
from pipeline.core.detectors.members import STAFF

DETECTOR = GroupDetector(
    code="fake_cohort",
    kinds=STAFF + "dib",
    parts=("locked", "alike"),
    stratum=2,
    runbook_zh="与已疑似虚假的账号同时、同设备或同地址：一并核查。",
    runbook_en="Together with suspected accounts in time, device or address: look at all of them.",
)
