"""Fields whose value is more than one source as it stands: what they give, and what they refuse and where."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from adapters.connector import Connector
from adapters.envelope import CanonicalRecord, Outcome
from adapters.mapping import loader
from adapters.mapping.compiler import Mapper
from adapters.mapping.strict_yaml import BadConfiguration
from adapters.reading import read
from schemas import samples
from schemas.findings import Text
from tests.unit.adapters.helpers import HEAD, workbook

NUMBERS = [samples.resident_id(number) for number in range(3)]
USUAL: dict[str, str] = {
    "business_no": "{from: no}",
    "contract_type": "{const: domestic}",
    "agency.name": "{const: 示例旅行社}",
    "agency.license_no": "{const: L-BJ-CJ00144}",
    "route_name": "{const: 海南}",
    "depart_on": '{const: "2026-12-01"}',
    "return_on": '{const: "2026-12-05"}',
    "headcount": '{const: "1", via: [count]}',
    "total_price": '{const: "5000.00"}',
    "travellers": "{each: guests, fields: {name: {from: name}, document.type: {const: resident_id}, "
    "document.number: {from: id, via: [document_no]}}}",
}
GUEST = {"name": "张三", "id": NUMBERS[0]}


def mapper(fields: dict[str, str], head: str = "", reading: str = "{format: json}") -> Mapper:
    lines = "".join(f"  {target}: {body}\n" for target, body in {**USUAL, **fields}.items() if body)
    return Mapper(loader.parse(f"{HEAD}read: {reading}\nblank: [无]\n{head}\nfields:\n{lines}"))


def outcomes(route: Mapper, raw: bytes) -> list[Outcome]:
    connector = Connector("test", "", Text("", ""), "push", {"contract": route})
    return list(read(raw, connector, today=samples.CHECKED_ON))


def outcome(fields: dict[str, str], data: dict[str, Any], head: str = "") -> Outcome:
    (found,) = outcomes(mapper(fields, head), orjson.dumps({"no": "A-1", "guests": [GUEST], **data}))
    return found


def at(body: Any, path: str) -> Any:
    for step in path.split("."):
        body = body.get(step) if isinstance(body, dict) else None
    return body


def told(found: Outcome) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.field, finding.locator) for finding in found.findings if finding.is_error]


SPAN = 'parts: {span: "{from}[-至～]{to}"}'
DAYS = {"depart_on": "{from: span.from, via: [cn_date]}", "return_on": "{from: span.to, via: [cn_date]}"}
GIVES: list[tuple[dict[str, str], str, dict[str, Any], dict[str, Any]]] = [
    (DAYS, SPAN, {"span": "2026-12-01 至 2026-12-05"}, {"depart_on": "2026-12-01", "return_on": "2026-12-05"}),
    (DAYS, SPAN, {"span": "2026-12-01-2026-12-05"}, {"depart_on": "2026-12-01", "return_on": "2026-12-05"}),
    (DAYS, SPAN, {"span": "2026/12/1～2026/12/5"}, {"depart_on": "2026-12-01", "return_on": "2026-12-05"}),
    (
        {
            "depart_on": "{from: trip.text.from, via: [cn_date], year_of: signed_on}",
            "return_on": "{from: trip.text.to, via: [cn_date], year_of: depart_on}",
            "route_name": "{from: trip.text.route}",
            "signed_on": "{from: signed, via: [cn_date]}",
        },
        'parts: {trip.text: "{from}-{to} {route}"}',
        {"trip": {"text": "12.30-1.3 北京（含税）西安 双飞"}, "signed": "2026-11-02"},
        {"depart_on": "2026-12-30", "return_on": "2027-01-03", "route_name": "北京（含税）西安 双飞"},
    ),
    (
        {"agency.contact_name": "{from: who.name}"},
        'parts: {who: "{name}[(]{_}[)]"}',
        {"who": "李四（13800138000）"},
        {"agency.contact_name": "李四"},
    ),
    ({"total_price": "{sum: [a, b]}"}, "", {"a": "¥1,000.5", "b": 2000}, {"total_price": "3000.50"}),
    ({"total_price": "{sum: [a, b], via: [cn_amount]}"}, "", {"a": "1.2万元", "b": "0"}, {"total_price": "12000.00"}),
    ({"headcount": "{sum: [adults, children]}"}, "", {"adults": "1", "children": 0}, {"headcount": 1}),
    ({"days": "{sum: [a, b]}"}, "", {"a": "无", "b": ""}, {"days": None}),
    ({"headcount": "{count: guests}"}, "", {"guests": [GUEST, {}, None]}, {"headcount": 1}),
    ({"headcount": '{count: who, split: "、,"}'}, "", {"who": "张三，李四、 "}, {"headcount": 2}),
    ({"adult_count": "{count: who}"}, "", {"who": []}, {"adult_count": 0}),
    ({"adult_count": "{count: who}"}, "", {}, {"adult_count": None}),
    ({"total_price": '{from: fen, times: "0.01"}'}, "", {"fen": 1234567}, {"total_price": "12345.67"}),
    ({"total_price": '{from: wan, times: "10000"}'}, "", {"wan": "1.28"}, {"total_price": "12800.00"}),
    ({"days": '{from: [weeks, w], times: "7"}'}, "", {"w": "2", "weeks": "无"}, {"days": 14}),
    ({"route_name": "{join: [a, b]}"}, "", {"a": "北京", "b": "西安（双飞）"}, {"route_name": "北京西安（双飞）"}),
    ({"group_no": "{join: [a, b]}"}, "", {"a": "T", "b": 7}, {"group_no": "T7"}),
    (
        {"group_no": "{from: 'Extend[Key=TourCode].Value'}", "remark": "{from: 'Extend[Key=备注].Value'}"},
        "",
        {"Extend": [{"Key": "X", "Value": 1}, {"Key": " ＴourCode", "Value": "T-7"}]},
        {"group_no": "T-7", "remark": None},
    ),
    ({"group_no": "{from: 'a.b[c=d.e].f.0'}"}, "", {"a": {"b": {"c": "d.e", "f": ["T-8"]}}}, {"group_no": "T-8"}),
    (
        {"group_agreement.agree_merge": '{from: scope, has: "3"}'},
        "",
        {"scope": "1, 3；5"},
        {"group_agreement.agree_merge": True},
    ),
    (
        {"group_agreement.agree_merge": '{from: scope, has: "3"}'},
        "",
        {"scope": [1, 13]},
        {"group_agreement.agree_merge": False},
    ),
    (
        {"group_agreement.agree_merge": '{from: scope, has: "3"}'},
        "",
        {"scope": "无"},
        {"group_agreement.agree_merge": None},
    ),
    ({"depart_on": "{from: go, via: [cn_date(mdy)]}"}, "", {"go": "12/4/2026"}, {"depart_on": "2026-12-04"}),
    ({"return_on": "{from: back, year_of: depart_on}"}, "", {"back": "12月4日"}, {"return_on": "2026-12-04"}),
    ({"return_on": "{from: back, year_of: depart_on}"}, "", {"back": "2026-12-06"}, {"return_on": "2026-12-06"}),
    (
        {"return_on": "{from: back, year_of: depart_on, via: [cn_date(dmy)]}"},
        "",
        {"back": "4/12"},
        {"return_on": "2026-12-04"},
    ),
    ({"total_price": "{from: price, via: [cn_amount]}"}, "", {"price": "壹仟玖佰元整"}, {"total_price": "1900.00"}),
]


@pytest.mark.parametrize(("fields", "head", "data", "gives"), GIVES)
def test_a_form_gives_the_value_that_was_meant(
    fields: dict[str, str], head: str, data: dict[str, Any], gives: dict[str, Any]
) -> None:
    found = outcome(fields, data, head)
    assert {path: at(found.body, path) for path in gives} == gives
    assert not [finding for finding in found.findings if finding.code.startswith("MAP")]


REFUSES: list[tuple[dict[str, str], str, dict[str, Any], list[tuple[str, str, str]]]] = [
    (DAYS, SPAN, {"span": "2026-12-01"}, [("MAP-070", "/depart_on", "/span"), ("MAP-070", "/return_on", "/span")]),
    (DAYS, SPAN, {"span": "至2026-12-01"}, [("MAP-070", "/depart_on", "/span"), ("MAP-070", "/return_on", "/span")]),
    (DAYS, SPAN, {"span": "a-b-c"}, [("MAP-070", "/depart_on", "/span"), ("MAP-070", "/return_on", "/span")]),
    (
        DAYS,
        SPAN,
        {"span": "2026-12-01至明天"},
        [("MAP-070", "/depart_on", "/span"), ("MAP-070", "/return_on", "/span")],
    ),
    (
        {"remark": "{from: t.a}", "group_no": "{from: t.b}"},
        'parts: {t: "{a}-{b}"}',
        {"t": "x-y-z"},
        [("MAP-071", "/remark", "/t"), ("MAP-071", "/group_no", "/t")],
    ),
    (DAYS, SPAN, {"span": "2026/12/1至明天"}, [("MAP-010", "/return_on", "/span")]),
    (
        {"remark": "{from: t.a}", "group_no": "{from: t.b}"},
        'parts: {t: "{a} {b}"}',
        {"t": f"x{' ' * 300}y z"},
        [("MAP-071", "/remark", "/t"), ("MAP-071", "/group_no", "/t")],
    ),
    (DAYS, SPAN, {"span": "1-" * 200}, [("MAP-070", "/depart_on", "/span"), ("MAP-070", "/return_on", "/span")]),
    (DAYS, SPAN, {"span": "x" * 501}, [("MAP-070", "/depart_on", "/span"), ("MAP-070", "/return_on", "/span")]),
    (DAYS, SPAN, {"span": {"a": 1}}, [("MAP-001", "/depart_on", "/span"), ("MAP-001", "/return_on", "/span")]),
    ({"total_price": "{sum: [a, b]}"}, "", {"a": "1000"}, [("MAP-072", "/total_price", "/b")]),
    ({"total_price": "{sum: [a, b]}"}, "", {"a": "1000", "b": "两千"}, [("MAP-020", "/total_price", "/b")]),
    ({"headcount": "{sum: [a, b]}"}, "", {"a": 1, "b": 0.5}, [("MAP-021", "/headcount", "/b")]),
    ({"headcount": "{count: who}"}, "", {"who": "张三、李四"}, [("MAP-078", "/headcount", "/who")]),
    ({"headcount": "{count: who}"}, "", {"who": 2}, [("MAP-078", "/headcount", "/who")]),
    ({"total_price": '{from: fen, times: "0.01"}'}, "", {"fen": "12.8元"}, [("MAP-073", "/total_price", "/fen")]),
    ({"total_price": '{from: fen, times: "0.01"}'}, "", {"fen": True}, [("MAP-073", "/total_price", "/fen")]),
    ({"total_price": '{from: fen, times: "0.01"}'}, "", {"fen": "100.5"}, [("MAP-023", "/total_price", "/fen")]),
    ({"total_price": '{from: fen, times: "0.01"}'}, "", {"fen": "1,00"}, [("MAP-073", "/total_price", "/fen")]),
    ({"route_name": "{join: [a, b]}"}, "", {"b": "西安"}, [("MAP-072", "/route_name", "/a")]),
    (
        {"group_no": "{from: 'x[k=c].v'}"},
        "",
        {"x": [{"k": "c", "v": 1}, {"k": "c", "v": 1}]},
        [("MAP-074", "/group_no", "/x/1")],
    ),
    ({"depart_on": "{from: go, via: [cn_date(mdy)]}"}, "", {"go": "13/4/2026"}, [("MAP-011", "/depart_on", "/go")]),
    ({"return_on": "{from: back, year_of: depart_on}"}, "", {"back": 12.1}, [("MAP-077", "/return_on", "/back")]),
    ({"return_on": "{from: back, year_of: depart_on}"}, "", {"back": "2.30"}, [("MAP-010", "/return_on", "/back")]),
    (
        {"return_on": "{from: back, year_of: signed_on}", "signed_on": "{from: s}"},
        "",
        {"back": "2.3"},
        [("MAP-076", "/return_on", "/back")],
    ),
    (
        {"group_agreement.agree_merge": '{from: s, has: "3"}'},
        "",
        {"s": {"a": 3}},
        [("MAP-001", "/group_agreement/agree_merge", "/s")],
    ),
    ({"total_price": "{from: p, via: [cn_amount]}"}, "", {"p": "壹佰仟元"}, [("MAP-020", "/total_price", "/p")]),
]


@pytest.mark.parametrize(("fields", "head", "data", "refused"), REFUSES)
def test_what_a_form_cannot_read_is_told_where_it_stands(
    fields: dict[str, str], head: str, data: dict[str, Any], refused: list[tuple[str, str, str]]
) -> None:
    assert told(outcome(fields, data, head)) == refused


def test_a_refused_text_that_holds_more_than_its_field_is_not_shown() -> None:
    found = outcome({"remark": "{from: who.a}"}, {"who": "张三丰 住址"}, 'parts: {who: "{a}[/]{_}"}')
    assert [finding.value for finding in found.findings if finding.code == "MAP-070"] == ["张*****"]


@pytest.mark.parametrize("invalid", ["reject", "blank"])
def test_a_form_that_may_be_invalid_leaves_its_field_blank(invalid: str) -> None:
    found = outcome({"days": f'{{from: w, times: "7", invalid: {invalid}}}'}, {"w": "两"})
    assert isinstance(found, CanonicalRecord) is (invalid == "blank")
    assert at(found.body, "days") is None


ONE = {
    "agency.phone": "",
    "itinerary.meals": "",
    "guides": "",
    "travellers": "{one: {name: {from: who}, document.type: {infer: document.number}, "
    "document.number: {from: [pass, id], via: [document_no]}}}",
}


def test_flat_fields_make_a_list_of_one() -> None:
    found = outcome(ONE, {"who": "张三", "id": NUMBERS[0]})
    assert found.body is not None
    assert found.body["travellers"] == [{"name": "张三", "document": {"type": "resident_id", "number": NUMBERS[0]}}]
    lost = told(outcome(ONE, {"who": "张三", "pass": 1.1e17}))
    assert ("MAP-040", "/travellers/0/document/number", "/pass") in lost


def test_flat_fields_that_are_blank_make_no_item() -> None:
    found = outcome(ONE, {"who": "无"})
    assert found.body is not None
    assert "travellers" not in found.body


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (NUMBERS[0], "resident_id"),
        ("E12345678", "passport"),
        ("C12345678", "hk_macau_permit"),
        ("T12345678", "taiwan_permit"),
        ("H1234567801", "home_return_permit"),
        ("810000199003070015", "hmt_residence_permit"),
    ],
)
def test_a_number_tells_the_type_of_its_document(number: str, kind: str) -> None:
    found = outcome(ONE, {"who": "张三", "id": number})
    assert found.body is not None
    assert found.body["travellers"][0]["document"] == {"type": kind, "number": number}


@pytest.mark.parametrize("number", ["12345678", "X1", f"{NUMBERS[0][:17]}{'0' if NUMBERS[0][17] != '0' else '1'}"])
def test_a_number_that_does_not_tell_its_type_is_refused(number: str) -> None:
    assert ("MAP-075", "/travellers/0/document/type", "/id") in told(outcome(ONE, {"who": "张三", "id": number}))


MANY = {
    "travellers": '{each: who, split: "、", as: "{name}{document.number}", '
    "fields: {document.type: {infer: document.number}}}"
}


@pytest.mark.parametrize("mark", ["、", " 、 "])
def test_one_text_becomes_many_items(mark: str) -> None:
    found = outcome(
        MANY, {"who": mark.join([f"张三{NUMBERS[0]}", f"买买提·吐尔逊 {NUMBERS[1].lower()}", "李四E12345678"])}
    )
    assert found.body is not None
    assert [(each["name"], each["document"]) for each in found.body["travellers"]] == [
        ("张三", {"number": NUMBERS[0], "type": "resident_id"}),
        ("买买提·吐尔逊", {"number": NUMBERS[1], "type": "resident_id"}),
        ("李四", {"number": "E12345678", "type": "passport"}),
    ]


@pytest.mark.parametrize(
    ("who", "code", "field"),
    [
        (f"张三{NUMBERS[0]}、李四", "MAP-070", "/travellers/1"),
        (f"{NUMBERS[0]}、张三{NUMBERS[1]}", "MAP-070", "/travellers/0"),
        (f"张三{NUMBERS[0]}、ZHANG SAN {NUMBERS[1]}", "MAP-070", "/travellers/1"),
        (f"张1三{NUMBERS[0]}", "MAP-070", "/travellers/0"),
        ("张三1.10105E+17", "MAP-040", "/travellers/0/document/number"),
        ([f"张三{NUMBERS[0]}", "x"], "MAP-001", "/travellers"),
    ],
)
def test_a_piece_that_is_not_of_the_form_rejects_the_record(who: Any, code: str, field: str) -> None:
    found = outcome(MANY, {"who": who})
    assert (code, field, "/who") in told(found)
    assert not [finding for finding in found.findings if finding.value and NUMBERS[0][6:14] in finding.value]


def test_single_values_are_cut_where_the_mapping_says() -> None:
    found = outcome(
        {"itinerary.destination_countries": '{each: to, split: "-+", via: [country]}'}, {"to": "泰国-越南＋老挝"}
    )
    assert at(found.body, "itinerary.destination_countries") == ["TH", "VN", "LA"]


OUTSIDE = {
    "agency.name": "{from: ^head.agency.name}",
    "agency.license_no": "{from: ^head.agency.no, via: [license_no]}",
}


def test_what_stands_around_the_records_of_json_is_theirs() -> None:
    route = mapper(OUTSIDE, reading="{format: json, records: data.orders}")
    order = {"no": "A-1", "guests": [GUEST], "^head.agency.no": "L-BJ-CJ99999"}
    document = {"head": {"agency": {"name": "海燕旅行社", "no": "京A"}}, "data": {"orders": [order, order]}}
    found = outcomes(route, orjson.dumps(document))
    assert [each.body and each.body["agency"]["name"] for each in found] == ["海燕旅行社"] * 2
    assert {place for each in found for place in told(each)} == {("MAP-043", "/agency/license_no", "/head/agency/no")}


def test_what_stands_around_the_records_of_xml_is_theirs() -> None:
    route = mapper(OUTSIDE, reading="{format: xml, records: order}")
    guest = f"<guests><name>张三</name><id>{NUMBERS[0]}</id></guests>"
    orders = f"<order><no>A-1</no>{guest}</order><order><no>A-2</no>{guest}</order>"
    head = "<head><agency><name>海燕旅行社</name><no>京A</no></agency></head>"
    found = outcomes(route, f"<all>{orders}{head}</all>".encode())
    assert [each.body and each.body["agency"]["name"] for each in found] == ["海燕旅行社"] * 2
    assert {place for each in found for place in told(each)} == {
        ("MAP-043", "/agency/license_no", "/all/head/agency/no")
    }


def test_nothing_around_the_records_leaves_the_field_blank() -> None:
    route = mapper(OUTSIDE, reading="{format: json, records: data}")
    (found,) = outcomes(route, orjson.dumps({"data": {"no": "A-1", "guests": [GUEST], "^head.agency.name": "伪造"}}))
    assert "agency" not in (found.body or {})


def test_a_column_that_is_taken_apart_counts_as_read_and_is_told_with_its_cell() -> None:
    reading = "{format: sheet, header: [编号, 起止], header_rows: '2'}"
    fields = {
        "business_no": "{from: 编号}",
        "depart_on": "{from: 起止.from, via: [cn_date]}",
        "return_on": "{from: 起止.to, via: [cn_date]}",
        "travellers": '{each: 游客, split: "、", as: "{name}{document.number}", fields: {document.type: '
        "{infer: document.number}}}",
        "agency.contact_name": "{from: 联系/姓名}",
    }
    rows = [
        ["编号", "起止", "游客", "联系", ""],
        ["", "", "", "姓名", "电话"],
        ["A-1", "2026-12-01 至 2026-12-05", f"张三{NUMBERS[0]}", "李四", "1"],
        ["A-2", "十二月", "张三", "李四", "1"],
    ]
    route = mapper(fields, 'parts: {起止: "{from}[-至～]{to}"}', reading)
    good, bad = outcomes(route, workbook(rows))
    assert isinstance(good, CanonicalRecord), good.findings
    assert good.body["agency"]["contact_name"] == "李四"
    assert told(bad) == [
        ("MAP-070", "/depart_on", "名单!B4"),
        ("MAP-070", "/return_on", "名单!B4"),
        ("MAP-070", "/travellers/0", "名单!C4"),
    ]


REFUSED = [
    ("  a: {from: x.fro}\n", "'x' has no part 'fro'; did you mean 'from'?", 7),
    ("  a: {from: x.from}\n", "no field reads the part x.to", 5),
    ("  a: {sum: [x]}\n", "too short|short|non-empty", 7),
    ("  a: {sum: [y, z]}\n", "a sum needs one of the cleaners", 7),
    ("  a: {from: y, sum: [z, w]}\n", "not from and sum", 7),
    ('  a: {from: y, times: "1,5"}\n', "no decimal number", 7),
    ('  a: {from: y, times: "0"}\n', "no decimal number", 7),
    ('  a: {const: y, times: "2"}\n', "`times` needs `from`", 7),
    ('  a: {from: y, has: "1", times: "2"}\n', "exclude each other", 7),
    ('  a: {from: y, has: "1", via: [trim]}\n', "no text left for cleaners", 7),
    ('  a: {from: y, times: "2", lookup: {x: y}}\n', "no code left to look up", 7),
    ('  a: {from: y, times: "2", invalid: warn}\n', "could be kept", 7),
    ("  a: {from: y, year_of: p, via: [trim]}\n", "needs one of the cleaners", 7),
    ("  a: {from: y, split: x}\n", "goes with `each` or `count`", 7),
    ("  a: {from: y, year_of: dpart}\n  depart: {from: z}\n", "did you mean 'depart'?", 7),
    ("  a: {from: y, year_of: b}\n  b: {from: z, year_of: c}\n  c: {from: w}\n", "only after this field", 7),
    ("  a: {infer: number}\n", "no field here is called 'number'", 7),
    ('  a: {each: y, as: "{name}"}\n', "`as` needs `split`", 7),
    ('  a: {each: y, split: "、", as: "name"}\n', "names no part", 7),
    ('  a: {each: y, split: "、", as: "{name"}\n', "not closed", 7),
    ('  a: {each: y, split: "、", as: "{名}"}\n', "is no field", 7),
    ('  a: {each: y, split: "、", as: "{n}", fields: {n: {from: nn}}}\n', "has no part 'nn'", 7),
    ("  a: {each: y, fields: {b: {from: ^z}}}\n", "for the record's own fields", 7),
    ("  a: {from: ^z}\n", "nothing stands outside", 7),
    ("  a: {from: 'x[k=v]y'}\n", "no path with a choice", 7),
    ("  a: {account: agenc}\n", "'agency' was expected", 7),
    ("  a: {one: {b: {from: y}}, via: [trim]}\n", "unknown key 'via'", 7),
    ("  a: {form: y}\n", "did you mean 'from'?", 7),
    ("  a: {from: y, via: [cn_dat]}\n", "did you mean 'cn_date'?", 7),
    ("  a: {from: y, lookup: contries}\n", "did you mean 'countries'?", 7),
]


@pytest.mark.parametrize(("fields", "words", "line"), REFUSED)
def test_a_form_that_is_not_understood_is_refused_with_its_line(fields: str, words: str, line: int) -> None:
    import re

    text = f'{HEAD}read: {{format: json}}\nblank: [无]\nparts: {{x: "{{from}}-{{to}}"}}\nfields:\n'
    whole = fields if "x.fro" in fields else f"{fields}  p: {{from: x.from}}\n  q: {{from: x.to}}\n"
    with pytest.raises(BadConfiguration) as failure:
        loader.parse(text + whole)
    assert re.search(words.replace("(", r"\("), failure.value.message.en), failure.value.message
    assert failure.value.line == line


@pytest.mark.parametrize(
    ("first", "second", "contradiction"),
    [
        (["8.4", "2026-12-01~2026-12-05", "1,3"], ["8月4日", "2026/12/1至2026/12/5", "3;1"], None),
        (["8.4", "2026-12-01~2026-12-05", "1,3"], ["", "", ""], None),
        (["8.4", "", ""], ["8.5", "", ""], ("/signed_on", "名单!B3")),
        (["", "2026-12-01~2026-12-05", ""], ["", "2026-12-01~2026-12-06", ""], ("/return_on", "名单!C3")),
        (["", "", "1,3"], ["", "", "1"], ("/group_agreement/agree_merge", "名单!D3")),
    ],
)
def test_rows_of_one_record_agree_by_what_they_mean(
    first: list[str], second: list[str], contradiction: tuple[str, str] | None
) -> None:
    fields = {
        "business_no": "{from: 编号}",
        "signed_on": "{from: 签订, year_of: depart_on}",
        "depart_on": "{from: 起止.from, via: [cn_date]}",
        "return_on": "{from: 起止.to, via: [cn_date]}",
        "group_agreement.agree_merge": '{from: 同意, has: "3"}',
        "travellers": "{each: $rows, fields: {name: {from: 姓名}, document.type: {infer: document.number}, "
        "document.number: {from: 证件, via: [document_no]}}}",
    }
    route = mapper(fields, f"parts: {{起止: {SPAN.partition('span: ')[2]}", "{format: sheet, group_by: [编号]}")
    head = ["编号", "签订", "起止", "同意", "姓名", "证件"]
    rows = [["A", *first, "张三", NUMBERS[0]], ["A", *second, "李四", NUMBERS[1]]]
    (found,) = outcomes(route, workbook([head, *rows]))
    places = [(each.field, each.locator) for each in found.findings if each.code == "MAP-060"]
    assert places == ([] if contradiction is None else [contradiction])


ACCOUNT = {"agency.name": "", "agency.license_no": "", "agency": "{account: agency}", "agency.phone": ""}


def test_the_agency_of_the_account_is_not_what_a_document_says() -> None:
    route = mapper({**ACCOUNT, "agency.contact_name": "{from: who}"})
    connector = Connector("test", "", Text("", ""), "push", {"contract": route})
    forged = {
        "no": "A-1",
        "guests": [GUEST],
        "who": "李四",
        "$account.name": "伪造",
        "$account.license_no": "L-BJ-CJ99999",
    }

    def found(account: dict[str, str] | None) -> Outcome:
        (only,) = read(orjson.dumps(forged), connector, today=samples.CHECKED_ON, account=account)
        return only

    known = {"name": "示例旅行社", "license_no": "L-BJ-CJ00144"}
    assert (found(known).body or {})["agency"] == known | {"contact_name": "李四"}
    assert {code for code, _, _ in told(found(None))} == {"MAP-079"}
    assert (found(None).body or {})["agency"] == {"contact_name": "李四"}


def test_forms_stand_inside_lists_and_lists_inside_forms() -> None:
    fields = {
        "travellers": "{each: 'groups[type=adult].people', fields: {name: {join: [surname, given]}, "
        "document.number: {from: 'papers[kind=id].no', via: [document_no]}, document.type: {infer: document.number}, "
        "emergency_contact.name: {from: contact.name}, emergency_contact.phone: {from: contact.phone}}}",
        "signatories": "{one: {name: {from: signer.name}, mobile: {from: signer.phone, via: [cn_mobile]}}}",
    }
    head = 'parts: {contact: "{name}/{phone}", signer: "{name} {phone}"}'
    papers = [{"kind": "visa", "no": "V1"}, {"kind": "id", "no": NUMBERS[0]}]
    people = [
        {"surname": "张", "given": "三", "papers": papers, "contact": "李四/13800138000"},
        {"surname": "王", "papers": [papers[1], papers[1]], "contact": "赵六"},
    ]
    groups = [{"type": "child", "people": []}, {"type": "adult", "people": people}]
    found = outcome(fields, {"groups": groups, "signer": "李四 13800138000"}, head)
    assert found.body is not None
    assert found.body["signatories"] == [{"name": "李四", "mobile": "13800138000"}]
    assert found.body["travellers"][0] == {
        "name": "张三",
        "document": {"number": NUMBERS[0], "type": "resident_id"},
        "emergency_contact": {"name": "李四", "phone": "13800138000"},
    }
    assert told(found) == [
        ("MAP-072", "/travellers/1/name", "/groups/1/people/1/given"),
        ("MAP-074", "/travellers/1/document/number", "/groups/1/people/1/papers/1"),
        ("MAP-070", "/travellers/1/emergency_contact/name", "/groups/1/people/1/contact"),
        ("MAP-070", "/travellers/1/emergency_contact/phone", "/groups/1/people/1/contact"),
    ]


def test_a_list_that_is_chosen_twice_is_refused() -> None:
    fields = {
        "travellers": "{each: 'groups[type=a].people', fields: {name: {from: name}, document.number: {from: id}}}"
    }
    found = outcome(fields, {"groups": [{"type": "a", "people": [GUEST]}, {"type": "a", "people": [GUEST]}]})
    assert ("MAP-074", "/travellers", "/groups/1") in told(found)
