"""fake_shared_device: one device, address or bank number behind many customers.

A firm's or carrier's address, a hall's tablet and a family are lawful, so the size of a group says
little: it is weighed by how its customers look otherwise (several adds each, removed early,
verified as nobody the bank knows, silent, claiming other provinces).
"""

from pipeline.core.detectors.base import LOOKS, GroupDetector

DETECTOR = GroupDetector(
    code="fake_shared_device",
    kinds="dib",
    parts=LOOKS,
    runbook_zh="多个账号共用设备、网络地址或客户号：核对是否为营业厅平板、企业网络或家庭。",
    runbook_en="One device, address or bank number behind many customers: rule out a hall's "
    "tablet, a firm's network and families.",
)
