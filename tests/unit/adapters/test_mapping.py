from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from adapters.canonical import canonical
from adapters.connector import Connector
from adapters.envelope import CanonicalRecord, Outcome, Rejection
from adapters.errors import Fatal
from adapters.mapping import loader
from adapters.mapping.chain import Chain
from adapters.mapping.compiler import Mapper
from adapters.mapping.problems import Dirty
from adapters.reading import read
from schemas import samples
from schemas.findings import Severity, Text
from tests.unit.adapters.helpers import HEAD, convert

TRIP = """
  business_no: {from: no}
  contract_type: {const: domestic}
  agency.name: {from: agency.name}
  agency.license_no: {const: L-BJ-CJ00144}
  route_name: {from: [route, line.name]}
  depart_on: {from: start, via: [cn_date]}
  return_on: {from: end, via: [cn_date]}
  headcount: {from: count, via: [count]}
  total_price: {from: price, via: [cn_amount]}
  travellers:
    each: guests
    fields:
      name: {from: name, via: [person_name]}
      is_signer: {from: signs, via: [yes_no]}
      document.type: {const: resident_id}
      document.number: {from: id, via: [document_no]}
      mobile: {from: phone, via: [cn_mobile], invalid: blank}
"""


def trip(**changes: Any) -> dict[str, Any]:
    guests = [{}, {"name": "张 三", "id": samples.resident_id(1), "phone": "13800138000", "signs": "是"}]
    base = {"no": "A-1", "agency": {"name": "示例社"}, "line": {"name": "海南"}, "count": 1, "price": 1010.5}
    return {**base, "start": "2017/8/4", "end": "2017/8/6", "guests": guests, **changes}


def outcome(**changes: Any) -> Outcome:
    mapper = Mapper(loader.parse(f"{HEAD}read: {{format: json}}\nfields:{TRIP}"))
    connector = Connector("test", "", Text("", ""), "push", {"contract": mapper})
    (found,) = read(orjson.dumps(trip(**changes)), connector, today=samples.CHECKED_ON)
    return found


def test_a_clean_record_becomes_canonical() -> None:
    found = outcome()
    assert isinstance(found, CanonicalRecord)
    assert found.findings == ()
    assert found.body["total_price"] == "1010.50"
    assert found.body["route_name"] == "海南"
    assert found.body["travellers"][0]["document"] == {"type": "resident_id", "number": samples.resident_id(1)}


def test_a_refused_value_is_told_with_place_title_and_masked_value_and_nothing_twice() -> None:
    guests = [{"name": "张三", "id": 1.10105e17, "signs": "是"}]
    found = outcome(guests=guests, start="2017-02-30", agency={"name": "示例社"})
    assert isinstance(found, Rejection)
    told = {finding.code: finding for finding in found.findings}
    assert set(told) == {"MAP-011", "MAP-040"}
    lost = told["MAP-040"]
    assert (lost.field, lost.locator) == ("/travellers/0/document/number", "/guests/0/id")
    assert lost.title.zh == "证件号码"
    assert lost.value is not None
    assert "*" in lost.value
    assert found.source["start"] == "2017-02-30"


def test_an_invalid_value_may_be_left_blank_with_a_warning() -> None:
    found = outcome(guests=[{"name": "张三", "id": samples.resident_id(1), "phone": "123", "signs": "是"}])
    assert isinstance(found, CanonicalRecord)
    (warning,) = found.findings
    assert (warning.code, warning.severity, warning.locator) == ("MAP-030", Severity.WARNING, "/guests/0/phone")
    assert "mobile" not in found.body["travellers"][0]


def test_findings_of_the_schema_lead_back_past_blank_elements() -> None:
    wrong = samples.resident_id(1)[:-1] + ("0" if samples.resident_id(1)[-1] != "0" else "1")
    found = outcome(guests=[{}, None, {"name": "张三", "id": wrong, "signs": "是"}])
    assert isinstance(found, Rejection)
    assert {finding.locator for finding in found.findings} == {"/guests/2/id"}


def test_a_missing_field_is_placed_where_it_should_have_been() -> None:
    found = outcome(price=None)
    assert isinstance(found, Rejection)
    assert [(finding.field, finding.locator) for finding in found.findings] == [("/total_price", "/price")]


@pytest.mark.parametrize("guests", ["text", [5], [["x"]]])
def test_a_wrong_structure_is_a_finding(guests: Any) -> None:
    found = outcome(guests=guests)
    assert isinstance(found, Rejection)
    assert "MAP-002" in {finding.code for finding in found.findings}


@pytest.mark.parametrize("data", [{"a": None}, {}, {"a": ""}, {"a": " "}])
def test_an_absent_object_is_no_failure(data: dict[str, Any]) -> None:
    assert convert("  x: {from: a.b}\n", data) == ({}, [])


def test_one_element_may_stand_for_a_list() -> None:
    fields = "  xs:\n    each: a\n    fields: {y: {from: b}}\n"
    assert convert(fields, {"a": {"b": "1"}})[0] == {"xs": [{"y": "1"}]}
    assert convert("  y: {from: a.b}\n", {"a": [{"b": "1"}]})[0] == {"y": "1"}


def test_lists_of_single_values_are_cut_and_cleaned() -> None:
    body, failures = convert("  to: {each: a, via: [country]}\n", {"a": "法国、泰国，火星"})
    assert body == {"to": ["FR", "TH"]}
    assert [failure.value for failure in failures] == ["火星"]


def test_constants_and_defaults_do_not_make_an_object() -> None:
    fields = "  d.type: {const: passport}\n  d.no: {from: a}\n  d.kind: {from: b, default: '2'}\n  e.f: {const: x}\n"
    assert convert(fields, {})[0] == {"e": {"f": "x"}}
    assert convert(fields, {"a": "E1"})[0] == {"e": {"f": "x"}, "d": {"no": "E1", "type": "passport", "kind": "2"}}


def test_a_path_may_index_a_list_and_lists_may_nest() -> None:
    assert convert("  x: {from: a.1.b}\n", {"a": [{"b": "1"}, {"b": "2"}]})[0] == {"x": "2"}
    nested = (
        "  xs:\n    each: a\n    fields:\n      ys:\n        each: b\n        fields: {z: {from: c, via: [count]}}\n"
    )
    body, failures = convert(nested, {"a": [{}, {"b": [{"c": 1}, {"c": "x"}]}]})
    assert body == {"xs": [{"ys": [{"z": 1}]}]}
    assert failures[0].places == ((1, 0), (1, 1))


def test_lookup_takes_numbers_truth_values_and_any_case() -> None:
    lookup = "  x: {from: a, lookup: {'1': one, 'true': yes, abc: found}}\n"
    for value, wanted in [(1, "one"), (1.0, "one"), (True, "yes"), ("ABC", "found")]:
        assert convert(lookup, {"a": value})[0] == {"x": wanted}


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (["团队", "散客"], "团队、散客", "团队, 散客"),
        (["A", "a", "B"], "a、B", "a, B"),
        ([f"类{n}" for n in range(12)], "类10、类11", "类10, 类11"),
        ([f"类{n}" for n in range(40)], "类11 等 40 项", "类11 and 28 more"),
    ],
)
def test_a_word_outside_a_look_up_is_told_which_there_are(words: list[str], zh: str, en: str) -> None:
    with pytest.raises(Dirty) as refused:
        Chain((), (), lookup=dict.fromkeys(words, "x"))["别的"]
    allowed = refused.value.details["allowed"]
    assert isinstance(allowed, Text)
    assert allowed.zh.endswith(zh)
    assert allowed.en.endswith(en)


def test_the_finding_lists_what_the_look_up_knows() -> None:
    fields = TRIP.replace("{const: domestic}", "{from: kind, lookup: {国内: domestic, 出境: outbound}}")
    mapper = Mapper(loader.parse(f"{HEAD}read: {{format: json}}\nfields:{fields}"))
    connector = Connector("test", "", Text("", ""), "push", {"contract": mapper})
    (found,) = read(orjson.dumps(trip(kind="邮轮")), connector, today=samples.CHECKED_ON)
    (unlisted,) = (each for each in found.findings if each.code == "MAP-003")
    assert "国内、出境；" in unlisted.advice.zh
    assert "国内, 出境;" in unlisted.advice.en


def test_a_constant_that_its_cleaner_refuses_is_a_broken_mapping() -> None:
    with pytest.raises(Fatal, match="line 6"):
        convert("  x: {const: abc, via: [count]}\n", {})


def test_canonical_records_pass_unchanged_and_unknown_fields_do_not() -> None:
    bodies = [samples.contract(1), {**samples.contract(2), "unknown": 1}]
    good, bad = read(orjson.dumps(bodies), canonical("contract.v1"), today=samples.CHECKED_ON)
    assert isinstance(good, CanonicalRecord)
    assert good.body == bodies[0]
    assert isinstance(bad, Rejection)
    assert bad.findings[0].locator == "/1/unknown"


def test_an_unknown_kind_is_fatal() -> None:
    with pytest.raises(Fatal):
        canonical("castle.v1")
    with pytest.raises(Fatal):
        list(read(b"{}", canonical("contract.v1"), kind="roster", today=date(2017, 8, 4)))
