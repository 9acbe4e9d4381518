"""Right values or a word about it: numbers that are names, days with zones, damaged text, money in several ways."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
from lxml import etree

from adapters.canonical import canonical, canonical_xml
from adapters.envelope import CanonicalRecord, Outcome, Rejection
from adapters.errors import Unreadable
from adapters.formats import strict_json
from adapters.formats.options import Read
from adapters.mapping import loader
from adapters.mapping.chain import Chain
from adapters.mapping.cleaners import CLEANERS
from adapters.mapping.compiler import Mapper
from adapters.mapping.derived import derive
from adapters.mapping.problems import Dirty
from adapters.reading import read, records
from adapters.registry import reader
from schemas import samples
from schemas.catalog import kind
from tests.soap_messages import request_of

MAPPING = """mapping: test.contract@1
target: contract.v1
read: {format: json, records: $}
fields:
  business_no: {from: no}
  group_no: {from: group}
  route_name: {from: route}
  agency.license_no: {from: licence, via: [license_no]}
"""


def mapped(raw: bytes, tabular: bool = False) -> tuple[dict[str, Any], list[str]]:
    """The body that a small mapping makes, and the codes of what it says about identifiers."""
    text = MAPPING.replace("{format: json, records: $}", "{format: delimited, header: [no]}") if tabular else MAPPING
    mapper = Mapper(loader.parse(text))
    (record,) = records(raw, mapper.read)
    outcome = mapper(record, date(2026, 11, 29))  # type: ignore[arg-type]
    return dict(outcome.body or {}), [each.code for each in outcome.findings if each.code.startswith("MAP-")]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (b'"EC-1"', "EC-1"),
        (b"20261129000000000123", "20261129000000000123"),
        (b"20261129000000000124", "20261129000000000124"),
        (b"9007199254740993", "9007199254740993"),
        (b"18446744073709551616", "18446744073709551616"),
        (b"12", "12"),
        (b'"=\\"00123\\""', "00123"),
        (b'"\'00123"', "00123"),
        (b'"\'tis"', "'tis"),
    ],
)
def test_an_identifier_keeps_every_digit(written: bytes, number: str) -> None:
    body, codes = mapped(b'{"no": %s, "route": "x"}' % written)
    assert (body["business_no"], codes) == (number, [])


@pytest.mark.parametrize("written", [b"1.5", b"20261129.0", b"2.0261129e+19", b'"2.0261129e+19"', b'"3.0311E+11"'])
@pytest.mark.parametrize("field", ["no", "group"])
def test_an_identifier_that_has_lost_digits_is_refused(written: bytes, field: str) -> None:
    body, codes = mapped(b'{"%s": %s, "route": "x"}' % (field.encode(), written))
    assert codes == ["MAP-045"]
    assert not body.keys() & {"business_no", "group_no"}


def test_in_a_csv_an_identifier_is_what_the_cell_shows() -> None:
    assert mapped(b'no,group\n="00123",\'0045\n', tabular=True)[0] == {"business_no": "00123", "group_no": "0045"}
    assert mapped(b"no,group\n3.0311E+11,1\n", tabular=True)[1] == ["MAP-045"]


@pytest.mark.parametrize("order", [(12, 12.0), (12.0, 12)])
def test_reading_a_number_does_not_depend_on_what_was_read_before(order: tuple[float, float]) -> None:
    chain = Chain(("nfkc", "trim"), ("",), ("document_no",))

    def said(number: float) -> str:
        try:
            return chain.scalar(number)
        except Dirty as refusal:
            return refusal.problem.code

    assert {type(number).__name__: said(number) for number in order} == {"int": "MAP-041", "float": "MAP-041"}
    mapped_first, mapped_second = (mapped(b'{"no": %s, "route": "x"}' % repr(n).encode()) for n in order)
    by_type = {type(n).__name__: found for n, found in zip(order, (mapped_first, mapped_second), strict=True)}
    assert by_type["int"][0]["business_no"] == "12"
    assert by_type["float"][1] == ["MAP-045"]


@pytest.mark.parametrize("cleaner", ["cn_date", "cn_datetime"])
@pytest.mark.parametrize(
    "written",
    [
        "2026-11-30T16:00:00.000Z",
        "2026-11-30T16:00:00Z",
        "2026-11-30T16:00:00+0000",
        "2026-11-30T16:00:00+00:00",
        "2026-11-30 16:00:00 UTC",
        "2026-12-01T01:00:00+09:00",
        "2026-11-30T11:00:00-05",
        "2026-12-01T00:00:00+08:00",
        "2026-12-01+08:00",
        "2026年12月1日（星期二）",
        "2026年12月1日(周二)",
    ],
)
def test_a_moment_with_a_zone_is_a_day_in_china(cleaner: str, written: str) -> None:
    assert Chain(("nfkc", "trim"), ("",), (cleaner,)).scalar(written)[:10] == "2026-12-01"


def test_a_clock_with_a_zone_is_a_clock_in_china() -> None:
    times = Chain(("nfkc", "trim"), ("",), ("cn_time",))
    assert [times.scalar(text) for text in ("2026-11-30T16:30:00.000Z", "16:30Z", "16:30")] == [
        "00:30",
        "00:30",
        "16:30",
    ]


GOOD = {
    "cn_date": ("2026-12-04", "20261204", "2026年12月4日", "46360", "二〇二六年十二月四日", "2026-12-04T08:00:00Z"),
    "cn_date(mdy)": ("12/4/2026", "2026-12-04"),
    "cn_date(dmy)": ("4/12/2026", "2026年12月4日"),
    "cn_time": ("08:30", "8时30分", "8点", "2026-12-04 08:30"),
    "cn_datetime": ("2026-12-04 08:30:00", "20261204083000", "1793583000000", "/Date(1793583000000)/", "2026/12/4"),
    "cn_amount": ("1980", "¥1,980.00", "1.28万元", "壹仟玖佰元整"),
    "percent": ("30%", "30"),
    "share": ("0.3", "30%"),
    "count": ("3", "3人"),
    "sex": ("男", "F"),
    "cn_mobile": ("13800138000", "+86 138-0013-8000"),
    "phone": ("010-12345678", "010-12345678转12"),
    "document_no": ("11010519491231002X", "E12345678"),
    "license_no": ("L-BJ-CJ00144",),
    "uscc": ("91350100M000100Y43",),
    "yes_no": ("是", "N"),
    "country": ("中国", "TH"),
    "division": ("110105",),
    "pinyin": ("ZHANG SAN",),
    "person_name": ("张三",),
    "code": ("A001",),
}
TRANSFORMERS = {"nfkc", "trim", "squeeze", "upper"}
"""Cleaners that take any text."""


@pytest.mark.parametrize("rubbish", [" 改 2026/12/5", " 至 2026-12-09", " #!", "；；", "T99:99:99", " (注①)"])
@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_cleaner_reads_its_whole_input_or_refuses(name: str, rubbish: str) -> None:
    assert GOOD.keys() | TRANSFORMERS == CLEANERS.keys()
    for value in GOOD[name]:
        chain = Chain(("nfkc", "trim"), ("",), (name,))
        assert chain.scalar(value) is not None, value
        if name == "code" and rubbish == "T99:99:99":
            continue
        if name in ("person_name", "pinyin") and rubbish == " (注①)":
            continue
        with pytest.raises(Dirty):
            chain.scalar(value + rubbish)


@pytest.mark.parametrize("written", ["2026年12月4日（周六）", "2026-12-04+09:00", "2026-12-04Z", "2026-12-04 25:00"])
def test_a_day_that_contradicts_itself_or_is_nobodys_is_refused(written: str) -> None:
    with pytest.raises(Dirty):
        Chain(("nfkc", "trim"), ("",), ("cn_date",)).scalar(written)


def one(raw: bytes, connector: Any) -> Outcome:
    (outcome,) = read(raw, connector, today=samples.CHECKED_ON, kind="contract")
    return outcome


@pytest.mark.parametrize("amount", ["1980", "1980.0", "1980.00"])
def test_equal_money_is_equal_content(amount: str) -> None:
    outcome = one(orjson.dumps(samples.contract(1) | {"total_price": amount}), canonical("contract.v1"))
    assert isinstance(outcome, CanonicalRecord)
    assert outcome.body["total_price"] == "1980.00"


@pytest.mark.parametrize("amount", ["01980", "1980.", "1980.000", "1,980", "１９８０.００"])
def test_money_written_in_no_known_way_is_refused(amount: str) -> None:
    assert isinstance(
        one(orjson.dumps(samples.contract(1) | {"total_price": amount}), canonical("contract.v1")), Rejection
    )


@pytest.mark.parametrize("number", ["ERP/é-01", "ERP/e\u0301-01", "ＥＲＰ／é－０１"])
def test_one_identifier_in_several_ways_of_writing_is_one(number: str) -> None:
    body = samples.contract(1) | {"business_no": number, "route_name": "50 元/人，八菜一汤"}
    outcome = one(orjson.dumps(body), canonical("contract.v1"))
    assert isinstance(outcome, CanonicalRecord)
    assert outcome.body["business_no"] == "ERP/é-01"
    assert outcome.body["route_name"] == "50 元/人，八菜一汤", "prose keeps its characters"


@pytest.mark.parametrize("number", ["gf-01", "GF-01", "ＧＦ－01"])
def test_a_number_written_in_capitals_is_in_capitals_at_every_door(number: str) -> None:
    outcome = one(orjson.dumps(samples.contract(1) | {"contract_no": number}), canonical("contract.v1"))
    assert isinstance(outcome, CanonicalRecord)
    assert outcome.body["contract_no"] == "GF-01"


NAMES = {
    "买买提．吐尔逊": "买买提·吐尔逊",
    "买买提 • 吐尔逊": "买买提·吐尔逊",
    "张　三": "张三",
    "\u200b李四\ufeff": "李四",
    "ＪＯＨＮ  ＳＭＩＴＨ": "JOHN SMITH",
    "Иван  Петров": "Иван Петров",
    "김 철수": "김 철수",
    "何〇一": "何〇一",
    "李㛃𬱟": "李㛃𬱟",
    "O'Brien-Sm\u0069\u0301th": "O'Brien-Smíth",
}
LOST = {
    "?三": "U+003F",
    "？三": "U+003F",
    "张\u200b三": "U+200B",
    "李😀": "U+1F600",
    "王\ue000": "U+E000",
    "张三2": "U+0032",
}


def named(name: str) -> list[Outcome]:
    """What the canonical door and a mapping make of a traveller of that name."""
    body = samples.contract(1)
    body["travellers"][0]["name"] = name
    (record,) = reader("json")(orjson.dumps(body), Read())
    mapper = Mapper(derive(kind("contract.v1"), Read()))
    return [one(orjson.dumps(body), canonical("contract.v1")), mapper(record, samples.CHECKED_ON)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("written", "stored"), NAMES.items())
def test_a_name_has_one_form_at_every_door(written: str, stored: str) -> None:
    for outcome in named(written):
        assert isinstance(outcome, CanonicalRecord), outcome
        assert outcome.body["travellers"][0]["name"] == stored


@pytest.mark.parametrize(("written", "point"), LOST.items())
def test_a_letter_that_no_name_has_is_named(written: str, point: str) -> None:
    for outcome in named(written):
        assert isinstance(outcome, Rejection)
        (finding,) = outcome.findings
        assert finding.code == "SCHEMA-016"
        assert point in finding.reason.zh
        assert point in finding.reason.en


@pytest.mark.parametrize(
    "written", ["a" + " " * 60_000 + "b", "张" + "\u0301" * 60_000, "·" * 60_000], ids=["spaces", "marks", "dots"]
)
def test_what_is_no_name_is_refused_by_its_length(written: str) -> None:
    for outcome in named(written):
        assert isinstance(outcome, Rejection)
        assert {"SCHEMA-007", "MAP-007"} & {finding.code for finding in outcome.findings}


@pytest.mark.parametrize("cleaner", CLEANERS)
@pytest.mark.parametrize(
    ("written", "code"),
    [
        (" " * 4001, "MAP-007"),
        ("1" + " " * 20_000 + "元", "MAP-007"),
        ("2026年" + "\u0301\u0323" * 16 + "人" * 64, "MAP-008"),
    ],
    ids=["spaces", "amount", "marks"],
)
def test_no_cleaner_sees_what_is_longer_than_any_value(cleaner: str, written: str, code: str) -> None:
    with pytest.raises(Dirty) as refused:
        _ = Chain(("nfkc", "trim"), (), (cleaner,))[written]
    assert refused.value.problem.code == code


@pytest.mark.parametrize("number", ["3E12", "9E512", "7E100"])
def test_letters_among_digits_are_no_lost_digits(number: str) -> None:
    outcome = one(orjson.dumps(samples.contract(1) | {"business_no": number}), canonical("contract.v1"))
    assert isinstance(outcome, CanonicalRecord)


@pytest.mark.parametrize("prose", ["50 元/人，八菜一汤", "三亚（双飞）：五日游！", "①②③ Ⅻ ㎡", "ｶﾞ", "示例路１号"])
def test_prose_keeps_its_characters_through_a_mapping(prose: str) -> None:
    body, _ = mapped(orjson.dumps({"no": "ＥＣ－１", "route": f" {prose}　"}))
    assert (body["business_no"], body["route_name"]) == ("EC-1", prose)


@pytest.mark.parametrize(("zone", "taken"), [("+08:00", True), ("-05:00", False), ("Z", False)])
def test_a_day_in_xml_may_say_that_it_is_chinas(zone: str, taken: bool) -> None:
    body = samples.contract(1)
    sent = request_of("SubmitContracts", contract=[body | {"depart_on": body["depart_on"] + zone}])
    outcome = one(etree.tostring(sent), canonical_xml("contract.v1"))
    assert isinstance(outcome, CanonicalRecord) is taken
    assert not taken or outcome.body == body


CHINESE = "厦门示例国旅有限公司组织的鼓浪屿三日游，张三等八人"


@pytest.mark.parametrize("cut", [1, 2])
def test_json_that_was_cut_in_a_character_is_no_gb18030(cut: int) -> None:
    raw = b'{"a": "' + CHINESE.encode()[:-cut] + b'", "b": "' + CHINESE.encode() + b'"}'
    with pytest.raises(Unreadable) as refused:
        strict_json.loads(raw)
    at = len(b'{"a": "') + len(CHINESE[:-1].encode())
    assert (refused.value.finding.code, refused.value.finding.locator) == ("FORMAT-002", f"byte {at}")


@pytest.mark.parametrize("codec", ["gbk", "gb18030"])
def test_json_in_gb18030_is_still_read(codec: str) -> None:
    assert strict_json.loads(f'{{"a": "{CHINESE}"}}'.encode(codec)) == {"a": CHINESE}


@pytest.mark.parametrize("declared", ["GB2312", "GBK", "gb18030"])
def test_xml_that_is_utf8_is_utf8_whatever_it_calls_itself(declared: str) -> None:
    raw = f'<?xml version="1.0" encoding="{declared}"?><a><r><n>{CHINESE}</n></r></a>'
    for codec in ("utf-8", "gb18030"):
        (record,) = reader("xml")(raw.encode(codec), Read("xml", records="r"))
        assert record.data["n"] == CHINESE  # type: ignore[union-attr]


def test_xml_that_says_utf8_and_is_not_is_refused() -> None:
    raw = f'<?xml version="1.0" encoding="UTF-8"?><a><r><n>{CHINESE}</n></r></a>'.encode("gb18030")
    with pytest.raises(Unreadable) as refused:
        list(reader("xml")(raw, Read("xml", records="r")))
    assert refused.value.finding.code == "FORMAT-002"


def test_a_damaged_csv_is_not_read_in_another_encoding() -> None:
    raw = f"编号,线路\n1,{CHINESE}\n".encode()
    (refused,) = reader("delimited")(raw[:-5] + raw[-3:], Read("delimited", header=("编号",)))
    assert [(found.code, found.locator) for found in refused.findings] == [("FORMAT-008", "line 2, column 2 (线路)")]  # type: ignore[union-attr]
    with pytest.raises(Unreadable, match="FORMAT-002"):
        list(reader("delimited")(raw[1:], Read("delimited", header=("编号",), encoding="utf-8")))
