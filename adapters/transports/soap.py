"""SOAP 1.1 and 1.2 on the wire: envelopes in, replies and faults out. Knows no operation and no credential."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message as Headers
from enum import Enum, StrEnum

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from adapters.errors import Fatal
from adapters.formats import xml
from adapters.transports import mtom
from adapters.transports.wss import SECURITY
from schemas.findings import Text

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Blame(StrEnum):
    """Whose fault a fault is."""

    SENDER = "sender"
    RECEIVER = "receiver"
    VERSION = "version"
    HEADER = "header"


class Version(Enum):
    """The two SOAP versions: namespace, media type, and what each calls the party to blame."""

    SOAP11 = (
        "http://schemas.xmlsoap.org/soap/envelope/",
        "text/xml",
        {"sender": "Client", "receiver": "Server", "version": "VersionMismatch", "header": "MustUnderstand"},
    )
    SOAP12 = (
        "http://www.w3.org/2003/05/soap-envelope",
        "application/soap+xml",
        {"sender": "Sender", "receiver": "Receiver", "version": "VersionMismatch", "header": "MustUnderstand"},
    )

    def __init__(self, namespace: str, media_type: str, codes: dict[str, str]) -> None:
        self.namespace = namespace
        self.media_type = media_type
        self.codes = codes

    @property
    def content_type(self) -> str:
        return f"{self.media_type}; charset=utf-8"

    def tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    def status(self, blame: Blame) -> int:
        """The HTTP status that a fault goes with."""
        return 400 if self is Version.SOAP12 and blame is Blame.SENDER else 500


class NotSoap(Fatal):
    """A request that is no SOAP message, or not one that may be taken."""

    def __init__(self, zh: str, en: str, blame: Blame = Blame.SENDER) -> None:
        super().__init__(Text(zh, en))
        self.blame = blame


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed envelope. `action` is what the sender called the operation, "" when it did not say."""

    version: Version
    envelope: etree._Element
    header: etree._Element | None
    body: etree._Element
    action: str

    @property
    def security(self) -> etree._Element | None:
        """The one wsse:Security header. Raises NotSoap when there are several."""
        found = [] if self.header is None else self.header.findall(SECURITY)
        if len(found) > 1:
            raise NotSoap("只能有一个 wsse:Security 头", "There may be only one wsse:Security header")
        return found[0] if found else None


def spoken(content_type: str) -> Version:
    """The version that a request's content type speaks; SOAP 1.1 when it speaks none."""
    return Version.SOAP12 if Version.SOAP12.media_type in content_type.lower() else Version.SOAP11


def parse(content_type: str, action: str | None, raw: bytes) -> Message:
    """The message in a request; `action` is the SOAPAction header. Raises NotSoap or Unreadable."""
    headers = Headers()
    headers["content-type"] = re.sub(r"[\r\n]", " ", content_type)
    attachments: dict[str, bytes] = {}
    if headers.get_content_type() == mtom.MEDIA_TYPE:
        headers, raw, attachments = mtom.unpack(headers, raw)
    media_type = headers.get_content_type()
    version = next((each for each in Version if each.media_type == media_type), None)
    if version is None:
        raise NotSoap(
            "内容类型应为 text/xml（SOAP 1.1）或 application/soap+xml（SOAP 1.2）",
            "The content type must be text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2)",
        )
    envelope = xml.parse(raw)
    mtom.resolve(envelope, attachments)
    header, body = _parts(envelope, version)
    named = action if version is Version.SOAP11 else headers.get_param("action")
    return Message(version, envelope, header, body, str(named or "").strip().strip('"'))


def operation_of(body: etree._Element) -> etree._Element:
    """The one element of a body. Raises NotSoap."""
    if len(body) != 1:
        raise NotSoap("soap:Body 中应有且只有一个元素", "soap:Body must hold exactly one element")
    return body[0]


def raw_of(element: etree._Element) -> bytes:
    """An element by itself, in exclusive canonical form: equal for a message sent again under another header."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def reply(version: Version, payload: etree._Element) -> bytes:
    """An answer as bytes."""
    return _enveloped(version, payload)


def fault(version: Version, blame: Blame, reason: Text, detail: Sequence[etree._Element] = ()) -> bytes:
    """A fault as bytes; `reason` is said in both languages."""
    made = etree.Element(version.tag("Fault"), nsmap={"soap": version.namespace})
    code = f"soap:{version.codes[blame.value]}"
    if version is Version.SOAP11:
        etree.SubElement(made, "faultcode").text = code
        etree.SubElement(made, "faultstring").text = f"{reason.zh} / {reason.en}"
        holder = etree.SubElement(made, "detail")
    else:
        etree.SubElement(etree.SubElement(made, version.tag("Code")), version.tag("Value")).text = code
        words = etree.SubElement(made, version.tag("Reason"))
        for language, text in (("zh-CN", reason.zh), ("en", reason.en)):
            etree.SubElement(words, version.tag("Text"), {_XML_LANG: language}).text = text
        holder = etree.SubElement(made, version.tag("Detail"))
    holder.extend(detail)
    return _enveloped(version, made)


def _enveloped(version: Version, payload: etree._Element) -> bytes:
    envelope = etree.Element(version.tag("Envelope"), nsmap={"soap": version.namespace})
    etree.SubElement(envelope, version.tag("Body")).append(payload)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _parts(envelope: etree._Element, version: Version) -> tuple[etree._Element | None, etree._Element]:
    """Header and Body, in that order and alone."""
    if envelope.tag != version.tag("Envelope"):
        raise NotSoap(
            f"根元素应为 {version.namespace} 的 Envelope，且与内容类型一致",
            f"The root must be Envelope of {version.namespace}, as the content type says",
            Blame.VERSION,
        )
    header = envelope[0] if len(envelope) and envelope[0].tag == version.tag("Header") else None
    rest = envelope[1:] if header is not None else envelope[:]
    if len(rest) != 1 or rest[0].tag != version.tag("Body"):
        raise NotSoap("Envelope 中应依次为 Header（可省略）与 Body", "Envelope must hold Header (or none), then Body")
    for block in () if header is None else header:
        if block.tag != SECURITY and block.get(version.tag("mustUnderstand")) in ("1", "true"):
            name = etree.QName(block).localname
            raise NotSoap(f"不支持必须理解的头 {name}", f"The header {name} is not understood", Blame.HEADER)
    return header, rest[0]
