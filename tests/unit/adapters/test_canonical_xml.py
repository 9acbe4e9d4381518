"""Canonical records as XML: typed by the JSON Schema, every value with its XPath."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from adapters.canonical import builtin, canonical, canonical_xml
from adapters.envelope import CanonicalRecord, Outcome, Rejection
from adapters.errors import Unreadable
from adapters.formats.canonical_xml import element_of, schema_errors
from adapters.reading import read
from schemas import samples
from schemas.projections.namespaces import SERVICE
from schemas.projections.wsdl import compiled
from schemas.projections.yizhan_service import YIZHAN
from tests.soap_messages import request_of

_PLACE = "/soap:Envelope/soap:Body/y:SubmitContracts/y:contract"


def outcomes(element: etree._Element, kind: str = "contract") -> list[Outcome]:
    raw = etree.tostring(element, method="c14n", exclusive=True)
    return list(read(raw, builtin(f"{kind}.v1", raw), today=samples.CHECKED_ON))


def contracts(*bodies: dict[str, Any]) -> etree._Element:
    return request_of("SubmitContracts", contract=list(bodies))


def put(parent: etree._Element, name: str, text: str = "", namespace: str = SERVICE) -> etree._Element:
    child = etree.SubElement(parent, f"{{{namespace}}}{name}" if namespace else name)
    child.text = text
    return child


def only_finding(outcome: Outcome) -> tuple[str, str]:
    assert isinstance(outcome, Rejection)
    (finding,) = outcome.findings
    return finding.code, finding.locator


def test_what_is_written_is_read_again_with_types() -> None:
    for kind, operation, body in (
        ("contract", "SubmitContracts", samples.contract(3)),
        ("roster", "SubmitRosters", samples.roster(3)),
    ):
        (record,) = outcomes(request_of(operation, **{kind: [body]}), kind)
        assert isinstance(record, CanonicalRecord)
        assert record.body == body


def test_the_content_decides_which_connector_reads() -> None:
    raw = etree.tostring(contracts(samples.contract(1)))
    assert builtin("contract.v1", raw) is canonical_xml("contract.v1")
    assert builtin("contract.v1", b'{"a": "<contract/>"}') is canonical("contract.v1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize(
    "led", ["", "\r\n\r\n", "<!-- 报送 -->" + " " * 600], ids=["as is", "blank lines", "a comment"]
)
def test_equal_xml_is_read_alike_however_it_begins(encoding: str, led: str) -> None:
    text = etree.tostring(contracts(samples.contract(1)), encoding="unicode")
    raw = f"{led}{text}".encode(encoding)
    (record,) = read(raw, builtin("contract.v1", raw), today=samples.CHECKED_ON)
    assert isinstance(record, CanonicalRecord)
    assert record.body == samples.contract(1)


@pytest.mark.parametrize("raw", [b"<contract/>", b"<SubmitContracts><contract/></SubmitContracts>", b"\n<html></html>"])
def test_xml_that_is_none_of_ours_is_told_what_is_looked_for(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="FORMAT-006"):
        list(read(raw, builtin("contract.v1", raw), today=samples.CHECKED_ON))


def test_findings_stand_at_the_xpath_of_the_value() -> None:
    bad = samples.contract(2)
    bad["travellers"][1]["birth_date"] = "1990-02-30"
    element = contracts(samples.contract(1), bad)
    good, rejected = outcomes(element)
    assert isinstance(good, CanonicalRecord)
    code, locator = only_finding(rejected)
    assert (code, locator) == ("SCHEMA-006", f"{_PLACE}[2]/y:travellers[2]/y:birth_date")
    inside = locator.removeprefix("/soap:Envelope/soap:Body")
    (found,) = element.getroottree().xpath(inside, namespaces={"y": SERVICE})
    assert found.text == "1990-02-30"


def test_empty_and_nil_fields_are_absent() -> None:
    element = contracts(samples.contract(1))
    put(element[0], "remark")
    put(element[0], "callback_url").set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")
    put(element[0], "entrusted_agency", "\n  ")
    (record,) = outcomes(element)
    assert isinstance(record, CanonicalRecord)
    assert record.body == samples.contract(1)


def test_an_empty_item_of_a_list_is_an_item() -> None:
    element = contracts(samples.contract(1))
    put(element[0], "travellers")
    (rejected,) = outcomes(element)
    assert isinstance(rejected, Rejection)
    assert {finding.code for finding in rejected.findings} == {"SCHEMA-001"}
    assert rejected.findings[0].locator.startswith(f"{_PLACE}[1]/y:travellers[4]/y:")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("headcount", "three", "SCHEMA-003"),
        ("is_multi_signatory", "yes", "SCHEMA-003"),
        ("colour", "red", "SCHEMA-002"),
    ],
)
def test_a_value_that_is_not_of_its_type_draws_the_finding_of_json(name: str, text: str, code: str) -> None:
    body = samples.contract(1)
    body.pop(name, None)
    element = contracts(body)
    put(element[0], name, text)
    (rejected,) = outcomes(element)
    assert only_finding(rejected) == (code, f"{_PLACE}[1]/y:{name}")


def test_a_field_sent_twice_is_refused() -> None:
    element = contracts(samples.contract(1))
    put(element[0], "route_name", "另一条线路")
    (rejected,) = outcomes(element)
    assert only_finding(rejected)[0] == "SCHEMA-003"


@pytest.mark.parametrize("namespace", ["", "urn:other"])
def test_an_element_of_another_namespace_is_no_field(namespace: str) -> None:
    element = contracts(samples.contract(1))
    put(element[0], "remark", "x", namespace)
    (rejected,) = outcomes(element)
    assert only_finding(rejected) == ("SCHEMA-002", f"{_PLACE}[1]/*[local-name()='remark']")


def test_attributes_are_no_fields() -> None:
    element = contracts(samples.contract(1))
    element[0].set("checked", "true")
    (rejected,) = outcomes(element)
    assert only_finding(rejected) == ("SCHEMA-002", f"{_PLACE}[1]/@checked")


def test_text_between_the_fields_is_no_field() -> None:
    element = contracts(samples.contract(1))
    element[0].find(f"{{{SERVICE}}}agency").text = "北京示例"
    (rejected,) = outcomes(element)
    assert only_finding(rejected) == ("SCHEMA-002", f"{_PLACE}[1]/y:agency/text()")


def test_whole_numbers_keep_their_bounds() -> None:
    element = contracts(samples.contract(1))
    element[0].find(f"{{{SERVICE}}}headcount").text = "9" * 30
    (rejected,) = outcomes(element)
    assert only_finding(rejected)[0] == "SCHEMA-003"


def test_a_stranger_among_the_records_is_named() -> None:
    element = contracts(samples.contract(1))
    put(element, "contracts")
    with pytest.raises(Unreadable, match="FORMAT-023") as refused:
        outcomes(element)
    assert refused.value.finding.locator == "/soap:Envelope/soap:Body/y:SubmitContracts/y:contracts"


@pytest.mark.parametrize("element", [request_of("SubmitContracts"), request_of("SubmitRosters", roster=[])])
def test_a_request_without_records_is_unreadable(element: etree._Element) -> None:
    with pytest.raises(Unreadable, match="FORMAT-006"):
        outcomes(element)


def test_too_deep_a_record_is_rejected_alone() -> None:
    element = contracts(samples.contract(1), samples.contract(2))
    node = element[1]
    for _ in range(40):
        node = put(node, "deep")
    good, rejected = outcomes(element)
    assert isinstance(good, CanonicalRecord)
    assert only_finding(rejected)[0] == "FORMAT-003"


def test_where_a_message_departs_from_the_xsd_is_told_by_xpath_whatever_its_prefixes() -> None:
    body = samples.contract(1)
    body["depart_on"] = "tomorrow"
    raw = etree.tostring(contracts(samples.contract(2), body)).replace(b"y:", b"").replace(b"xmlns:y", b"xmlns")
    (error,) = schema_errors(
        etree.fromstring(raw.replace(b"<SubmitContracts", b"<SubmitContracts", 1)), compiled(YIZHAN)
    )
    assert error["locator"] == f"{_PLACE}[2]/y:depart_on"
    assert "tomorrow" in error["reason"]


def test_characters_that_xml_cannot_hold_are_replaced_in_answers() -> None:
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    assert element_of("Answer", {"text": "a\x00b\ud800"}, schema)[0].text == "a\ufffdb\ufffd"


@pytest.mark.parametrize("kind", ["agency", "filing", "pledge"])
def test_a_kind_that_has_no_elements_is_refused_in_xml(kind: str) -> None:
    with pytest.raises(Unreadable, match="FORMAT-023"):
        outcomes(etree.Element(kind), kind)
