"""SOAP messages as partners' tools make them: username tokens, signatures, multipart."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import methods
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from adapters.formats.canonical_xml import element_of
from adapters.transports.soap import Version
from adapters.transports.wss import ID, PASSWORD_DIGEST, PASSWORD_TEXT, WSSE, WSU
from schemas.projections.yizhan_service import YIZHAN

_EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
_X509_V3 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"


@dataclass(frozen=True)
class Signer:
    """A private key with its self-signed certificate."""

    key: Any
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def signer(kind: str = "rsa", valid_days: int = 365) -> Signer:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例旅行社 ERP")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=valid_days))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate)


def request_of(operation: str, **arguments: Any) -> etree._Element:
    """The element of an operation."""
    schema = next(each.request for each in YIZHAN.operations if each.name == operation)
    return element_of(operation, arguments, schema)


def envelope(operation: etree._Element, version: Version = Version.SOAP11) -> etree._Element:
    """A message with an empty Security header."""
    root = etree.Element(version.tag("Envelope"), nsmap={"soap": version.namespace, "wsse": WSSE, "wsu": WSU})
    header = etree.SubElement(root, version.tag("Header"))
    etree.SubElement(header, f"{{{WSSE}}}Security", {version.tag("mustUnderstand"): "1"})
    etree.SubElement(root, version.tag("Body")).append(operation)
    return root


def plain(operation: etree._Element, version: Version = Version.SOAP11) -> bytes:
    """A message without any security."""
    root = envelope(operation, version)
    root.remove(root[0])
    return etree.tostring(root)


def with_username(root: etree._Element, username: str, secret: str, digest: bool = True, **given: Any) -> bytes:
    """The message with a username token; `nonce` and `created` may be given."""
    security = root[0][0]
    token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
    etree.SubElement(token, f"{{{WSSE}}}Username").text = username
    password = etree.SubElement(token, f"{{{WSSE}}}Password", Type=PASSWORD_DIGEST if digest else PASSWORD_TEXT)
    password.text = secret
    if digest:
        nonce = given.get("nonce", secrets.token_bytes(16))
        created = given.get("created", stamp())
        password.text = base64.b64encode(
            sha1(nonce + created.encode() + secret.encode(), usedforsecurity=False).digest()
        ).decode()
        etree.SubElement(token, f"{{{WSSE}}}Nonce").text = base64.b64encode(nonce).decode()
        etree.SubElement(token, f"{{{WSU}}}Created").text = created
    return etree.tostring(root)


def signed(root: etree._Element, by: Signer, **given: Any) -> etree._Element:
    """The message signed over Body and Timestamp, unless `references`, `created` ... say otherwise."""
    security, body = root[0][0], root[1]
    body.set(ID, "body")
    timestamp = etree.SubElement(security, f"{{{WSU}}}Timestamp", {ID: "timestamp"})
    etree.SubElement(timestamp, f"{{{WSU}}}Created").text = given.get("created", stamp())
    etree.SubElement(timestamp, f"{{{WSU}}}Expires").text = given.get("expires", stamp(300))
    token = etree.SubElement(security, f"{{{WSSE}}}BinarySecurityToken", {ID: "token", "ValueType": _X509_V3})
    token.text = base64.b64encode(given.get("certificate", by).der).decode()
    options = {"signature_algorithm": "rsa-sha256" if isinstance(by.key, rsa.RSAPrivateKey) else "ecdsa-sha256"}
    options |= {"digest_algorithm": "sha256", "c14n_algorithm": _EXCLUSIVE} | given.get("options", {})
    tool = given.get("tool", XMLSigner)(method=methods.detached, **options)
    references = given.get("references", ["#body", "#timestamp"])
    made = tool.sign(
        root, key=given.get("key", by.key), reference_uri=references, key_info=_reference(), **given.get("signing", {})
    )
    security.append(made)
    return etree.fromstring(etree.tostring(root))


def _reference() -> etree._Element:
    """KeyInfo that refers to the binary security token."""
    info = etree.Element("{http://www.w3.org/2000/09/xmldsig#}KeyInfo")
    holder = etree.SubElement(info, f"{{{WSSE}}}SecurityTokenReference")
    etree.SubElement(holder, f"{{{WSSE}}}Reference", URI="#token", ValueType=_X509_V3)
    return info


def multipart(root: bytes, attachments: dict[str, bytes], version: Version = Version.SOAP11) -> tuple[str, bytes]:
    """Content type and bytes of an MTOM message."""
    parts = [("root", f'application/xop+xml; charset=UTF-8; type="{version.media_type}"', root)]
    parts += [(name, "application/pdf", content) for name, content in attachments.items()]
    pieces = [
        f"--uuid:1\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{name}>\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, media_type, content in parts
    ]
    content_type = (
        'multipart/related; type="application/xop+xml"; start="<root>"; boundary="uuid:1"; '
        f'start-info="{version.media_type}"'
    )
    return content_type, b"".join(pieces) + b"--uuid:1--\r\n"


def stamp(seconds: int = 0) -> str:
    """An xs:dateTime so many seconds from now."""
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
