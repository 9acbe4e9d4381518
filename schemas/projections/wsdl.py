"""A SOAP service as WSDL 1.1: document/literal, a SOAP 1.1 and a SOAP 1.2 port, its XML Schema inside.

A service is a table of operations whose messages are JSON Schemas; so what the canonical schemas say is what the WSDL
says, and a new field appears in it by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from schemas.findings import Text
from schemas.loading import Schema
from schemas.projections.xsd import xml_schema

WSDL = "http://schemas.xmlsoap.org/wsdl/"
_SOAP = {"11": "http://schemas.xmlsoap.org/wsdl/soap/", "12": "http://schemas.xmlsoap.org/wsdl/soap12/"}
_HTTP = "http://schemas.xmlsoap.org/soap/http"


@dataclass(frozen=True)
class Operation:
    """One operation: its request element carries its name, its response element `<name>Response`."""

    name: str
    title: Text
    request: Schema
    response: Schema

    @property
    def answers(self) -> str:
        return f"{self.name}Response"


@dataclass(frozen=True, eq=False)
class Service:
    """A SOAP service. `refusals` are the elements that a fault's detail may hold, by name."""

    name: str
    title: Text
    namespace: str
    operations: tuple[Operation, ...]
    refusals: Mapping[str, Schema]

    def action(self, operation: Operation) -> str:
        """The SOAPAction of an operation."""
        return f"{self.namespace}/{operation.name}"

    def elements(self) -> dict[str, Schema]:
        """Schema of every global element."""
        found: dict[str, Schema] = {}
        for operation in self.operations:
            found |= {operation.name: operation.request, operation.answers: operation.response}
        return found | dict(self.refusals)


@cache
def xsd(service: Service) -> bytes:
    """The XML Schema of all messages."""
    return etree.tostring(_schema(service), xml_declaration=True, encoding="UTF-8", pretty_print=True)


def wsdl(service: Service, address: str) -> bytes:
    """The service description, complete in one file."""
    return _template(service).replace(b"{address}", _attribute(address))


@cache
def compiled(service: Service) -> etree.XMLSchema:
    """The XML Schema ready to validate messages."""
    return etree.XMLSchema(_schema(service))


def _attribute(text: str) -> bytes:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").encode()


def _schema(service: Service) -> etree._Element:
    return xml_schema(service.namespace, service.elements())


@cache
def _template(service: Service) -> bytes:
    """The WSDL with `{address}` where the ports' address goes."""
    root = etree.Element(
        f"{{{WSDL}}}definitions",
        nsmap={"wsdl": WSDL, "y": service.namespace, **{f"soap{version}": uri for version, uri in _SOAP.items()}},
        name=service.name,
        targetNamespace=service.namespace,
    )
    _document(root, service.title)
    _add(root, "types").append(_schema(service))
    for element in service.elements():
        _add(_add(root, "message", name=element), "part", name="parameters", element=f"y:{element}")
    _port_type(root, service)
    for version in _SOAP:
        _binding(root, service, version)
    offered = _add(root, "service", name=service.name)
    for version, uri in _SOAP.items():
        port = _add(offered, "port", name=f"{service.name}Port{version}", binding=f"y:{service.name}Soap{version}")
        etree.SubElement(port, f"{{{uri}}}address", location="{address}")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _port_type(root: etree._Element, service: Service) -> None:
    port_type = _add(root, "portType", name=service.name)
    for operation in service.operations:
        offered = _add(port_type, "operation", name=operation.name)
        _document(offered, operation.title)
        _add(offered, "input", message=f"y:{operation.name}")
        _add(offered, "output", message=f"y:{operation.answers}")
        for refusal in service.refusals:
            _add(offered, "fault", name=refusal, message=f"y:{refusal}")


def _binding(root: etree._Element, service: Service, version: str) -> None:
    soap = f"{{{_SOAP[version]}}}"
    binding = _add(root, "binding", name=f"{service.name}Soap{version}", type=f"y:{service.name}")
    etree.SubElement(binding, f"{soap}binding", style="document", transport=_HTTP)
    for operation in service.operations:
        bound = _add(binding, "operation", name=operation.name)
        etree.SubElement(bound, f"{soap}operation", soapAction=service.action(operation), style="document")
        for direction in ("input", "output"):
            etree.SubElement(_add(bound, direction), f"{soap}body", use="literal")
        for refusal in service.refusals:
            etree.SubElement(_add(bound, "fault", name=refusal), f"{soap}fault", name=refusal, use="literal")


def _document(element: etree._Element, words: Text) -> None:
    """WSDL allows one documentation element: both languages stand in it."""
    _add(element, "documentation").text = f"{words.zh} / {words.en}"


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{WSDL}}}{tag}", **attributes)
