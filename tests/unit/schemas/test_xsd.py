"""The XSD and WSDL say what the canonical schemas say, as far as XSD can."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from adapters.formats.canonical_xml import element_of
from schemas import samples
from schemas.catalog import kind, kinds
from schemas.projections.soap_messages import SUBMITTED
from schemas.projections.wsdl import compiled, wsdl, xsd
from schemas.projections.xsd import XS, xml_schema, xsd_pattern
from schemas.projections.yizhan_service import YIZHAN

_XS = {"xs": XS, "wsdl": "http://schemas.xmlsoap.org/wsdl/"}
_REQUESTS = {operation.name: operation.request for operation in YIZHAN.operations}


def contracts(*bodies: dict[str, Any]) -> etree._Element:
    return element_of("SubmitContracts", {"contract": list(bodies)}, _REQUESTS["SubmitContracts"])


def rosters(*bodies: dict[str, Any]) -> etree._Element:
    return element_of("SubmitRosters", {"roster": list(bodies)}, _REQUESTS["SubmitRosters"])


def valid(element: etree._Element) -> bool:
    return compiled(YIZHAN).validate(element)


def test_valid_records_are_valid_by_the_xsd() -> None:
    assert valid(contracts(samples.contract(1), samples.contract(2)))
    assert valid(rosters(samples.roster(1)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("depart_on", "2017-13-01"),
        ("depart_on", "2017-08-04Z"),
        ("contract_type", "unheard"),
        ("headcount", "three"),
        ("headcount", -1),
        ("route_name", "长" * 201),
        ("business_no", " ERP-1"),
        ("business_no", "E\u200bRP"),
        ("total_price", "1,000"),
        ("travellers/0/sex", "x"),
        ("travellers/0/is_signer", "yes"),
        ("agency/uscc", "short"),
        ("itinerary/days/0/day", 100000),
    ],
)
def test_what_the_json_schema_refuses_the_xsd_refuses(path: str, value: object) -> None:
    body = deepcopy(samples.contract(1))
    node: Any = body
    *way, last = path.split("/")
    for step in way:
        node = node[int(step) if step.isdecimal() else step]
    node[last] = value
    assert kind("contract.v1").check(body, today=samples.CHECKED_ON)
    assert not valid(contracts(body))


@pytest.mark.parametrize("name", kind("contract.v1").schema["required"])
def test_a_required_field_is_required(name: str) -> None:
    body = samples.contract(1)
    del body[name]
    assert not valid(contracts(body))


def test_every_field_of_every_submitted_kind_is_there_in_both_languages() -> None:
    root = etree.fromstring(xsd(YIZHAN))
    for each in map(kind, SUBMITTED.values()):
        for field in each.fields():
            if field.name == "*":
                continue
            found = root.findall(f".//xs:element[@name='{field.name}']", _XS)
            words = ["".join(element.find("xs:annotation", _XS).itertext()) for element in found]
            assert any(field.title.zh in text and field.description.en in text for text in words), field.path


def test_a_new_field_of_a_schema_appears_by_itself() -> None:
    schema = deepcopy(kind("contract.v1").schema)
    words = {"title": "新字段", "title:en": "New", "description": "说明", "description:en": "What it is"}
    schema["properties"]["agency"]["properties"]["colour"] = {"type": "string", "enum": ["red"], **words}
    element = xml_schema("urn:test", {"Contract": schema}).find(".//xs:element[@name='colour']", _XS)
    assert element.find(".//xs:enumeration", _XS).get("value") == "red"
    assert "新字段。说明" in "".join(element.itertext())


def test_two_types_never_share_a_name() -> None:
    one = {"type": "object", "properties": {"a": {"type": "string"}}, "x-type": "Same"}
    other = {"type": "object", "properties": {"b": {"type": "string"}}, "x-type": "Same"}
    with pytest.raises(ValueError, match="Same"):
        xml_schema("urn:test", {"One": one, "Other": other})


def test_code_lists_are_enumerations_with_words() -> None:
    found = etree.fromstring(xsd(YIZHAN)).find(".//xs:simpleType[@name='CodeContractTypes']", _XS)
    domestic = found.find(".//xs:enumeration[@value='domestic']", _XS)
    assert "境内" in "".join(domestic.itertext())


def test_a_pattern_that_xsd_cannot_say_is_left_out() -> None:
    assert xsd_pattern("^[0-9]{6}$") == "[0-9]{6}"
    assert xsd_pattern("^[^\\u0000-\\u001f\\u200b]$") == "[^\\t\\n\\r\u200b]"
    assert xsd_pattern("^(?=a)b$") is None
    assert xsd_pattern("open") is None


def test_every_pattern_in_use_can_be_said() -> None:
    patterns = {field.schema["pattern"] for each in kinds() for field in each.fields() if "pattern" in field.schema}
    assert all(xsd_pattern(pattern) for pattern in patterns)


def test_the_wsdl_has_both_ports_and_every_operation_with_its_fault() -> None:
    root = etree.fromstring(wsdl(YIZHAN, "https://gate.example/soap?a=1&b=2"))
    addresses = [node.get("location") for node in root.findall("wsdl:service/wsdl:port/*", _XS)]
    assert addresses == ["https://gate.example/soap?a=1&b=2"] * 2
    names = [node.get("name") for node in root.findall("wsdl:portType/wsdl:operation", _XS)]
    assert names == [*SUBMITTED, "UploadDocument", "GetReceipt", "LookUp", "VerifyContract"]
    assert len(root.findall("wsdl:portType/wsdl:operation/wsdl:fault", _XS)) == len(names)
    assert len(root.findall("wsdl:binding/wsdl:operation", _XS)) == 2 * len(names)
