"""Section 1 of the contract as a table: which fields the data of each event type has.

A name ends in "?" where the field is optional. A tuple is the set of allowed values.
"""

from __future__ import annotations

Kind = str | tuple[str, ...]

TEXT, INTEGER, FEN, BOOLEAN = "text", "integer", "fen", "boolean"

PERSON = {"ip?": TEXT, "province?": TEXT, "device_id?": TEXT}

EVENTS: dict[str, dict[str, Kind]] = {
    "friend.added": {
        "staff_id": TEXT,
        "customer_id": TEXT,
        "add_way": INTEGER,
        "channel?": TEXT,
        **PERSON,
        "account_kind?": ("wechat", "wecom"),
        "mutual?": BOOLEAN,
    },
    "friend.removed": {
        "staff_id": TEXT,
        "customer_id": TEXT,
        "by": ("staff", "customer", "transfer"),
    },
    "friend.transferred": {
        "from_staff_id": TEXT,
        "to_staff_id": TEXT,
        "customer_id": TEXT,
        "result": ("success", "refused", "limit"),
    },
    "identity.verified": {
        "customer_id": TEXT,
        "method": ("h5_form", "app_binding"),
        "bank_customer_id": TEXT,
        "staff_id?": TEXT,
        **PERSON,
    },
    "message.sent": {
        "staff_id": TEXT,
        "customer_id?": TEXT,
        "group_id?": TEXT,
        "sender": ("staff", "customer"),
        "kind": ("text", "link", "image", "file", "other"),
        "task_id?": TEXT,
    },
    "moment.published": {
        "staff_id": TEXT,
        "moment_id": TEXT,
        "topic?": TEXT,
        "advert?": BOOLEAN,
        "task_id?": TEXT,
    },
    "moment.reacted": {
        "staff_id": TEXT,
        "customer_id": TEXT,
        "moment_id": TEXT,
        "kind": ("like", "comment", "private_message"),
    },
    "group.joined": {"group_id": TEXT, "staff_id": TEXT, "customer_id": TEXT},
    "group.left": {"group_id": TEXT, "staff_id": TEXT, "customer_id": TEXT},
    "task.assigned": {
        "task_id": TEXT,
        "staff_id": TEXT,
        "kind": ("mass_send", "moment", "group"),
        "assigned_by": TEXT,
        "audience?": INTEGER,
    },
    "task.executed": {
        "task_id": TEXT,
        "staff_id": TEXT,
        "customer_id?": TEXT,
        "status": ("sent", "not_friend", "limit", "failed"),
    },
    "link.opened": {
        "staff_id": TEXT,
        "customer_id": TEXT,
        "link_id": TEXT,
        "product": TEXT,
        "campaign?": TEXT,
    },
    "sale.completed": {
        "staff_id": TEXT,
        "customer_id": TEXT,
        "bank_customer_id": TEXT,
        "product": ("deposit", "loan", "wealth", "fund", "insurance", "precious_metal", "other"),
        "link_id?": TEXT,
        "amount_fen": FEN,
        "interest_income_fen?": FEN,
        "fee_income_fen?": FEN,
    },
    "app.activated": {"bank_customer_id": TEXT, "customer_id?": TEXT},
    "customer.active": {
        "bank_customer_id": TEXT,
        "kind": ("login", "payment", "deposit", "other"),
    },
}

_NAMES = (
    "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 "
    "广东 广西 海南 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 台湾 香港 澳门"
)
PROVINCES = frozenset(_NAMES.split())
