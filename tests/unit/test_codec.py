"""Bytes to events: the contract's "Reading" sentence by sentence, literal lines and their codes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from topics.codec import BadRecord, decode_event, decode_lines, examine
from topics.event import Event
from topics.events import FriendAdded

NOON = 1_794_283_200_000_000  # 2026-11-10T12:00:00+08:00
HEAD = '"specversion":"1.0","id":"1","source":"w","type":"friend.added"'
TIME = '"time":"2026-11-10T12:00:00+08:00"'
REQUIRED = '"staff_id":"s","customer_id":"c","add_way":1'
ADD = f'{{{HEAD},{TIME},"data":{{{REQUIRED}}}}}'


def added(more: str = "") -> str:
    """A friend.added whose data hold ``more`` too."""
    return f'{{{HEAD},{TIME},"data":{{{REQUIRED}{more}}}}}'


def data(kind: str, fields: str) -> str:
    return ADD.replace("friend.added", kind).replace(REQUIRED, fields)


def code_of(line: str | bytes) -> str:
    """The dead letter's code, the same by both ways; "" for an event."""
    raw = line.encode() if isinstance(line, str) else line
    fast, slow = (_code(read, raw) for read in (decode_event, examine))
    assert fast == slow
    return fast


def _code(read: Callable[[bytes], Event], line: bytes) -> str:
    try:
        read(line)
    except BadRecord as bad:
        return bad.code
    return ""


def read_added(more: str = "") -> FriendAdded:
    event = decode_event(added(more).encode())
    assert event == examine(added(more).encode())
    assert isinstance(event.data, FriendAdded)
    return event.data


BASE = FriendAdded("s", "c", 1)


def test_a_good_line_becomes_an_event() -> None:
    assert decode_event(ADD.encode()) == Event("1", "w", "friend.added", NOON, BASE, "c")


BAD_JSON = [
    "", "{", "nonsense", ADD + "x", ADD + ADD, ADD[:-1], ADD.replace('"1"', "'1'"),
    ADD.replace('"add_way":1', '"add_way":01'), ADD.replace(":1}", ":1,}"),
    added(',"x":NaN'), added(',"x":Infinity'), added(',"x":-Infinity'), added(',"x":nan'),
    added(',"x":+1'), added(',"x":.5'), added(',"x":1.'), added(',"x":"\t"'), added(',"x":"\\x"'),
    added(',"x":"\\ud800"'), added(',"x":"\\udc00"'), added(',"x":"\\udc00\\ud800"'),
    added(',"x":"a\\ud83d"'), added(',"x":["\\ud83d\\u0041"]'), added(',"\\ud800":1'),
    added(',"x":{"\\udfff":{}}'), added(',"x":"\\ud800","x":1'),
    added(',"x":{"y":"\\ud800","y":1}'),
    added(',"channel":"\\ud800"'), ADD.replace('"id":"1"', '"id":"\\ud800","id":"1"'),
    ADD.replace('"1"', '"\\ud800"'), "NaN", '"\\ud800"', "\ufeff" + ADD, "\0" + ADD,
    ADD + "\0", ADD + "\u00a0", "\x0b" + ADD, "{\x0c" + ADD[1:], "// c\n" + ADD,
]  # fmt: skip


@pytest.mark.parametrize("line", BAD_JSON)
def test_bad_json(line: str) -> None:
    assert code_of(line) == "bad_json"


@pytest.mark.parametrize(
    "text",
    [
        b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80",
        b"\xe5\xb9", b"\x80",
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", [b'"s"', b'"w"', b'"id"', b'"add_way"', b'"friend.added"'])
def test_what_is_not_utf8_is_bad_json_wherever_it_stands(text: bytes, where: bytes) -> None:
    assert code_of(ADD.encode().replace(where, b'"' + text + b'"')) == "bad_json"
    assert code_of(added(',"x":"%"').encode().replace(b"%", text)) == "bad_json"


def test_nesting_up_to_500_is_read_and_more_refused_at_once() -> None:
    # The event and its data are two levels.
    assert code_of(added(',"x":' + "[" * 498 + "]" * 498)) == ""
    assert code_of(added(',"x":' + '{"a":' * 498 + "0" + "}" * 498)) == ""
    assert code_of(added(',"x":' + "[" * 499 + "]" * 499)) == "bad_json"
    assert code_of("[" * 500 + "]" * 500) == "bad_envelope"
    assert code_of("[" * 501 + "]" * 501) == "bad_json"
    assert code_of("[" * 100_000) == "bad_json"
    assert code_of("[" * 100_000 + "]" * 100_000) == "bad_json"
    assert code_of('{"a":' * 100_000 + "1" + "}" * 100_000) == "bad_json"
    assert code_of(added(',"x":"' + "[" * 100_000 + '"')) == ""
    assert code_of(added(',"x":"\\"' + "{" * 100_000 + '"')) == ""


@pytest.mark.parametrize(
    "line",
    [
        "[]", "1", '"x"', "null", "true", "1e400", "9" * 5000, "{}", f"[{ADD}]",
        ADD.replace('"1.0"', '"1.1"'), ADD.replace('"1.0"', "1.0"), ADD.replace('"1.0"', '"1"'),
        ADD.replace('"1.0"', '" 1.0"'), ADD.replace('"1.0"', "null"),
        ADD.replace('"specversion":"1.0",', ""),
        *(ADD.replace(old, new)
          for old in ('"id":"1"', '"source":"w"', '"type":"friend.added"')
          for name in [old.split(":")[0]]
          for new in (f'{name}:""', f"{name}:null", f"{name}:1", f"{name}:[\"1\"]", '"x":1')),
        f'{{{HEAD},{TIME}}}', f'{{{HEAD},{TIME},"data":null}}', f'{{{HEAD},{TIME},"data":[]}}',
        f'{{{HEAD},{TIME},"data":"{{}}"}}', ADD.replace('"id"', '"ID"'),
    ],
)  # fmt: skip
def test_bad_envelope(line: str) -> None:
    assert code_of(line) == "bad_envelope"


@pytest.mark.parametrize("name", ["friend.Added", "friend.added ", "x", " ", "friend.added\\u0000"])
def test_unknown_type(name: str) -> None:
    assert code_of(ADD.replace("friend.added", name)) == "unknown_type"


@pytest.mark.parametrize(
    "time",
    [
        "null", "1794283200", '""', "[]", '"2026-11-10"', '"2026-11-10T12:00:00"',
        '"2026-11-10 12:00:00Z"', '"2026-11-10T12:00:60Z"', '"2016-12-31T23:59:60Z"',
        '"1999-12-31T23:59:59Z"', '"2100-01-01T00:00:00Z"', '"2100-01-01T00:00:00+08:00"',
        '"2026-11-10T12:00:00.Z"', '"2026-11-10T12:00:00+0800"', '"2026-02-29T12:00:00Z"',
        '" 2026-11-10T12:00:00Z"', '"2026-11-10T12:00:00Z\\n"', '"20２６-11-10T12:00:00Z"',
    ],
)  # fmt: skip
def test_bad_time(time: str) -> None:
    assert code_of(ADD.replace('"2026-11-10T12:00:00+08:00"', time)) == "bad_time"


def test_a_missing_time_is_bad_time() -> None:
    assert code_of(ADD.replace(TIME + ",", "")) == "bad_time"


@pytest.mark.parametrize(
    ("time", "micros"),
    [
        ("2026-11-10t04:00:00z", NOON),
        ("2026-11-10T04:00:00.1234567899Z", NOON + 123_456),
        ("2026-11-10T12:00:00.000001+08:00", NOON + 1),
        ("2000-01-01T00:00:00+08:00", 946_684_800_000_000 - 8 * 3_600_000_000),
        ("2099-12-31T23:59:59.9999999-08:00", 4_102_444_799_999_999 + 8 * 3_600_000_000),
        ("2026-11-10T12:00:00+08:0\\u0030", NOON),
    ],
)
def test_times_that_are_read(time: str, micros: int) -> None:
    assert decode_event(ADD.replace("2026-11-10T12:00:00+08:00", time).encode()).time == micros


NO_INTEGERS = ["1.0", "1e2", '"1"', "true", "null", "[]", "{}", '""', str(2**63), str(-(2**63) - 1),
               "1" * 40, "1" * 5000, "1E400", "-0.0"]  # fmt: skip


@pytest.mark.parametrize("value", NO_INTEGERS)
def test_a_required_number_that_is_none(value: str) -> None:
    assert code_of(ADD.replace('"add_way":1', f'"add_way":{value}')) == "bad_data"


@pytest.mark.parametrize("value", [0, -1, 2**63 - 1, -(2**63)])
def test_integers_of_64_bits(value: int) -> None:
    event = decode_event(ADD.replace('"add_way":1', f'"add_way":{value}').encode())
    assert event.data.add_way == value


SALE = '"staff_id":"s","customer_id":"c","bank_customer_id":"b","product":"loan"'


@pytest.mark.parametrize("field", ["amount_fen", "interest_income_fen", "fee_income_fen"])
def test_amounts_reach_10_to_the_15(field: str) -> None:
    amounts = '"amount_fen":1' if field != "amount_fen" else '"link_id":"l"'
    line = data("sale.completed", f'{SALE},{amounts},"{field}":%')
    assert code_of(line.replace("%", str(10**15))) == ""
    assert code_of(line.replace("%", str(-(10**15) - 1))) == ""
    assert code_of(line.replace("%", str(10**15 + 1))) == "bad_data"
    assert code_of(line.replace("%", str(2**63))) == "bad_data"
    assert code_of(line.replace("%", "5.0")) == "bad_data"


REQUIRED_TEXTS = [
    ("friend.added", '"staff_id":%,"customer_id":"c","add_way":1'),
    ("friend.removed", '"staff_id":"s","customer_id":%,"by":"staff"'),
    ("friend.removed", '"staff_id":"s","customer_id":"c","by":%'),
    (
        "friend.transferred",
        '"from_staff_id":%,"to_staff_id":"t","customer_id":"c","result":"limit"',
    ),
    ("identity.verified", '"customer_id":"c","method":"h5_form","bank_customer_id":%'),
    ("identity.verified", '"customer_id":"c","method":%,"bank_customer_id":"b"'),
    ("message.sent", '"staff_id":"s","group_id":"g","sender":%,"kind":"text"'),
    ("moment.published", '"staff_id":"s","moment_id":%'),
    ("moment.reacted", '"staff_id":"s","customer_id":"c","moment_id":"m","kind":%'),
    ("group.joined", '"group_id":%,"staff_id":"s","customer_id":"c"'),
    ("group.left", '"group_id":"g","staff_id":"s","customer_id":%'),
    ("task.assigned", '"task_id":"t","staff_id":"s","kind":"moment","assigned_by":%'),
    ("task.executed", '"task_id":"t","staff_id":"s","status":%'),
    ("link.opened", '"staff_id":"s","customer_id":"c","link_id":"l","product":%'),
    ("sale.completed", SALE.replace('"loan"', "%") + ',"amount_fen":1'),
    ("app.activated", '"bank_customer_id":%'),
    ("customer.active", '"bank_customer_id":"b","kind":%'),
]


@pytest.mark.parametrize("value", ["null", '""', "1", "false", '["x"]', "{}"])
@pytest.mark.parametrize(("kind", "fields"), REQUIRED_TEXTS)
def test_a_required_text_that_is_none(kind: str, fields: str, value: str) -> None:
    assert code_of(data(kind, fields.replace("%", value))) == "bad_data"


@pytest.mark.parametrize("field", ["staff_id", "customer_id", "add_way"])
def test_a_missing_required_field(field: str) -> None:
    assert code_of(ADD.replace(f'"{field}"', f'"no_{field}"')) == "bad_data"


@pytest.mark.parametrize(
    "more",
    [
        ',"channel":1', ',"ip":["1.1.1.1"]', ',"province":{}', ',"device_id":false', ',"mutual":1',
        ',"mutual":"true"', ',"account_kind":"qq"', ',"account_kind":"WeChat"', ',"account_kind":0',
    ],
)  # fmt: skip
def test_an_optional_field_of_another_type_or_value(more: str) -> None:
    assert code_of(added(more)) == "bad_data"


def test_null_and_empty_mean_absent_in_every_optional_field() -> None:
    for field in ("channel", "ip", "province", "device_id", "account_kind", "mutual"):
        assert read_added(f',"{field}":null') == BASE
        assert read_added(f',"{field}":""') == BASE
    assert code_of(data("task.assigned", '"task_id":"t","staff_id":"s","kind":"moment",'
                        '"assigned_by":"a","audience":""')) == ""  # fmt: skip
    assert read_added(',"channel":" "').channel == " "


def test_a_message_needs_a_customer_or_a_group() -> None:
    line = data("message.sent", '"staff_id":"s","sender":"staff","kind":"text"%')
    assert code_of(line.replace("%", "")) == "bad_data"
    assert code_of(line.replace("%", ',"customer_id":"","group_id":null')) == "bad_data"
    assert decode_event(line.replace("%", ',"group_id":"g","customer_id":""').encode()).key == "s"
    assert decode_event(line.replace("%", ',"customer_id":"c"').encode()).key == "c"


def test_unknown_fields_are_ignored_whatever_they_hold() -> None:
    assert read_added(',"new":[1e400,{"a":null}],"by":5,"time":false') == BASE
    assert (
        decode_event(ADD.replace('"data"', '"subject":[],"dataschema":1,"data"').encode()).data
        == BASE
    )


def test_provinces_and_addresses_that_are_none_count_as_absent() -> None:
    for none in ("Hunan", "广东省", "全国", " 广东", "内蒙"):
        assert read_added(f',"province":"{none}"').province is None
    for none in ("300.1.1.1", "1.2.3", "01.2.3.4", "x", "1.2.3.4:80", "1.2.3.4 "):
        assert read_added(f',"ip":"{none}"').ip is None
    known = read_added(',"province":"内蒙古","ip":"fe80::1"')
    assert (known.province, known.ip) == ("内蒙古", "fe80::1")
    assert read_added(',"province":"\\u5e7f\\u4e1c"').province == "广东"


def test_the_last_of_repeated_names_counts() -> None:
    assert decode_event(ADD.replace('"id":"1"', '"id":7,"id":"","id":"2"').encode()).id == "2"
    assert code_of(ADD.replace('"id":"1"', '"id":"1","id":7')) == "bad_envelope"
    assert read_added(',"add_way":"x","add_way":202').add_way == 202
    assert code_of(added(',"staff_id":""')) == "bad_data"
    assert (
        decode_event(ADD.replace('"data"', '"data":[],"\\u0064ata":{},"data"').encode()).data
        == BASE
    )


def test_names_and_values_may_be_written_with_escapes() -> None:
    line = (
        ADD.replace('"id"', '"\\u0069d"')
        .replace("1.0", "\\u0031.0")
        .replace("added", "\\u0061dded")
    )
    assert decode_event(line.encode()) == decode_event(ADD.encode())
    assert read_added(',"channel":"\\ud83d\\ude00"').channel == "😀"
    assert read_added(',"channel":"a\\u0000"').channel == "a\0"


def test_identifiers_are_taken_as_they_are() -> None:
    line = ADD.replace('"1"', '" É1"').replace('"s"', '"s "')
    event = decode_event(line.encode())
    assert (event.id, event.data.staff_id) == (" É1", "s ")


MISTAKES = [
    ("bad_envelope", '"1.0"', '"1.1"'),
    ("unknown_type", "friend.added", "friend.seen"),
    ("bad_time", "T12:00:00", "T12:00:60"),
    ("bad_data", '"add_way":1', '"add_way":1.0'),
]


def test_of_two_mistakes_the_first_check_names_the_code() -> None:
    for first, (code, old, new) in enumerate(MISTAKES):
        for _, later_old, later_new in MISTAKES[first + 1 :]:
            line = ADD.replace(old, new).replace(later_old, later_new)
            assert code_of(line) == code
            assert code_of(line + "}") == "bad_json"
            assert code_of(line.encode() + b" \xff") == "bad_json"
    no_data = ADD.replace("friend.added", "x").replace(f"{{{REQUIRED}}}", "7")
    assert code_of(no_data) == "bad_envelope"


def test_lines_are_numbered_and_white_space_skipped() -> None:
    block = b"\n".join([b"", b" \t\r", ADD.encode() + b"\r", b"x", b"\x00", ADD.encode()])
    found = [
        (number, event.code if isinstance(event, BadRecord) else event.id)
        for number, _, event in decode_lines(block, count(5))
    ]
    assert found == [(7, "1"), (8, "bad_json"), (9, "bad_json"), (10, "1")]


def test_a_line_that_is_not_utf8_spoils_no_other() -> None:
    block = b"\n".join(
        [ADD.encode(), added(',"x":"%"').encode().replace(b"%", b"\xff"), ADD.encode()]
    )
    read = decode_lines(block, count(1))
    assert [isinstance(event, Event) for *_, event in read] == [True, False, True]


def test_sentences_hold_nothing_of_the_line() -> None:
    secret = "13800001111"
    lines = [
        secret, ADD.replace('"1.0"', f'"{secret}"'), ADD.replace("friend.added", secret),
        ADD.replace("2026-11-10", secret), added(f',"mutual":"{secret}"'),
        added(f',"account_kind":"{secret}"'), ADD.replace('"add_way"', f'"{secret}"'),
    ]  # fmt: skip
    for line in lines:
        with pytest.raises(BadRecord) as caught:
            decode_event(line.encode())
        assert secret not in caught.value.sentence
