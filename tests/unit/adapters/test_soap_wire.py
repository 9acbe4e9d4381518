"""SOAP on the wire: envelopes of both versions, MTOM, faults."""

from __future__ import annotations

import base64

import pytest
from lxml import etree

from adapters.errors import Unreadable
from adapters.transports import soap
from adapters.transports.soap import Blame, NotSoap, Version
from schemas.findings import Text
from tests.soap_messages import envelope, multipart, plain, request_of

VERIFY = request_of("VerifyContract", text="LY26")
_XOP = "http://www.w3.org/2004/08/xop/include"


def verify() -> etree._Element:
    return request_of("VerifyContract", text="LY26")


def with_include(href: str, times: int = 1) -> bytes:
    operation = request_of("UploadDocument", code="LY26", document="")
    for _ in range(times):
        operation[1].text = None
        etree.SubElement(operation[1], f"{{{_XOP}}}Include", href=href)
    return plain(operation)


@pytest.mark.parametrize("version", Version)
def test_a_message_of_either_version_is_taken(version: Version) -> None:
    message = soap.parse(f'{version.media_type}; charset=utf-8; action="urn:x"', '"urn:y"', plain(verify(), version))
    assert soap.operation_of(message.body).tag.endswith("VerifyContract")
    assert message.action == ("urn:y" if version is Version.SOAP11 else "urn:x")


def test_the_envelope_must_be_of_the_version_that_the_content_type_says() -> None:
    with pytest.raises(NotSoap) as refused:
        soap.parse("text/xml", None, plain(verify(), Version.SOAP12))
    assert refused.value.blame is Blame.VERSION


@pytest.mark.parametrize("content_type", ["application/json", "", "multipart/form-data; boundary=x"])
def test_other_content_is_not_soap(content_type: str) -> None:
    with pytest.raises(NotSoap):
        soap.parse(content_type, None, plain(verify()))


def test_a_doctype_is_refused() -> None:
    with pytest.raises(Unreadable, match="FORMAT-021"):
        soap.parse("text/xml", None, b'<!DOCTYPE a [<!ENTITY x "y">]>' + plain(verify()))


def test_a_header_that_must_be_understood_is_not() -> None:
    root = envelope(verify())
    etree.SubElement(root[0], "{urn:x}Routing", {Version.SOAP11.tag("mustUnderstand"): "1"})
    with pytest.raises(NotSoap) as refused:
        soap.parse("text/xml", None, etree.tostring(root))
    assert refused.value.blame is Blame.HEADER


def test_the_body_holds_one_element_and_stands_alone() -> None:
    root = envelope(verify())
    root[1].append(verify())
    with pytest.raises(NotSoap):
        soap.operation_of(soap.parse("text/xml", None, etree.tostring(root)).body)
    root.append(root[1])
    etree.SubElement(root, Version.SOAP11.tag("Body"))
    with pytest.raises(NotSoap):
        soap.parse("text/xml", None, etree.tostring(root))


def test_the_raw_operation_is_the_same_under_another_header() -> None:
    one, other = envelope(verify()), envelope(verify(), Version.SOAP12)
    assert soap.raw_of(one[1][0]) == soap.raw_of(etree.fromstring(etree.tostring(other))[1][0])


def test_attachments_stand_where_they_are_included() -> None:
    pdf = bytes(range(256)) + b"\r\n--uuid:2\r\n"
    content_type, raw = multipart(with_include("cid:the%20file"), {"the file": pdf})
    message = soap.parse(content_type, None, raw)
    assert base64.b64decode(message.body[0][1].text) == pdf


@pytest.mark.parametrize("href", ["cid:other", "file:///etc/passwd", ""])
def test_an_include_of_nothing_attached_is_refused(href: str) -> None:
    content_type, raw = multipart(with_include(href), {"file": b"%PDF-"})
    with pytest.raises(Unreadable, match="FORMAT-025"):
        soap.parse(content_type, None, raw)


def test_an_include_without_multipart_is_refused() -> None:
    with pytest.raises(Unreadable, match="FORMAT-025"):
        soap.parse("text/xml", None, with_include("cid:file"))


def test_includes_cannot_blow_a_small_attachment_up() -> None:
    operation = request_of("LookUp", kind="contract", code=[""] * 200)
    for element in operation[1:]:
        etree.SubElement(element, f"{{{_XOP}}}Include", href="cid:file")
    content_type, raw = multipart(plain(operation), {"file": bytes(1 << 20)})
    with pytest.raises(Unreadable, match="FORMAT-004"):
        soap.parse(content_type, None, raw)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda raw: raw.removesuffix(b"--uuid:1--\r\n"),
        lambda raw: raw.replace(b"application/xop+xml", b"text/plain"),
        lambda raw: raw.replace(b"<file>", b"<root>"),
        lambda raw: raw.replace(b"Encoding: binary", b"Encoding: base64"),
        lambda raw: raw.replace(b"<root>", b"<elsewhere>"),
        lambda raw: b"--uuid:1--\r\n",
        lambda raw: raw.replace(b"--uuid:1--\r\n", b"--uuid:1\r\n\r\nx\r\n" * 40 + b"--uuid:1--\r\n"),
    ],
)
def test_a_broken_multipart_is_refused(break_it) -> None:
    content_type, raw = multipart(with_include("cid:file"), {"file": b"%PDF-"})
    with pytest.raises(Unreadable, match="FORMAT-024"):
        soap.parse(content_type, None, break_it(raw))


def test_faults_speak_their_version() -> None:
    words = Text("记录有误", "Bad record")
    old = etree.fromstring(soap.fault(Version.SOAP11, Blame.SENDER, words, [etree.Element("why")]))
    assert old.findtext(".//faultcode") == "soap:Client"
    assert old.find(".//detail/why") is not None
    new = etree.fromstring(soap.fault(Version.SOAP12, Blame.RECEIVER, words))
    assert "".join(new.find(f".//{Version.SOAP12.tag('Code')}").itertext()) == "soap:Receiver"
    texts = new.findall(f".//{Version.SOAP12.tag('Text')}")
    assert [(text.values()[0], text.text) for text in texts] == [("zh-CN", "记录有误"), ("en", "Bad record")]
    assert [Version.SOAP12.status(blame) for blame in (Blame.SENDER, Blame.RECEIVER)] == [400, 500]
    assert Version.SOAP11.status(Blame.SENDER) == 500
