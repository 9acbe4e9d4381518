"""MTOM: a multipart message whose attachments are put back where the envelope includes them (XOP)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from email.message import Message as Headers
from email.parser import BytesHeaderParser
from urllib.parse import unquote

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from adapters.formats.problems import MIME, TOO_LARGE, XOP, unreadable
from adapters.formats.xml import MAX_DOCUMENT
from schemas.findings import Text

MEDIA_TYPE = "multipart/related"
_ROOT_TYPE = "application/xop+xml"
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_MOST_PARTS = 16
_ATTACHMENTS = Text("附件合计", "The attachments")
_LONGEST_HEADERS = 4096
_BINARY = ("", "7bit", "8bit", "binary")


def unpack(headers: Headers, raw: bytes) -> tuple[Headers, bytes, dict[str, bytes]]:
    """Content type and bytes of the envelope, and the attachments by content id. Raises Unreadable."""
    boundary = headers.get_boundary()
    if not boundary:
        raise unreadable(MIME, detail=Text("缺少分隔标识（boundary）", "no boundary"))
    pieces = (b"\r\n" + raw).split(b"\r\n--" + boundary.encode("ascii", "replace"))
    if not 2 < len(pieces) <= _MOST_PARTS + 2 or pieces[-1].rstrip() != b"--":
        raise unreadable(
            MIME,
            detail=Text(
                f"至多 {_MOST_PARTS} 个部分，并以分隔标识结束", f"at most {_MOST_PARTS} parts, closed by the boundary"
            ),
        )
    parts = dict(_part(piece) for piece in pieces[1:-1])
    if len(parts) != len(pieces) - 2:
        raise unreadable(MIME, detail=Text("各部分的 Content-ID 不得相同", "content ids must differ"))
    start = _id(str(headers.get_param("start") or "")) or next(iter(parts))
    if start not in parts:
        raise unreadable(MIME, detail=Text("没有起始部分", "no part is the start"))
    root_headers, envelope = parts.pop(start)
    if root_headers.get_content_type() != _ROOT_TYPE:
        raise unreadable(MIME, detail=Text(f"起始部分的类型应为 {_ROOT_TYPE}", f"the start must be {_ROOT_TYPE}"))
    return _root_type(headers, root_headers), envelope, {name: content for name, (_, content) in parts.items()}


def resolve(root: etree._Element, attachments: Mapping[str, bytes]) -> None:
    """Replace every xop:Include by the Base64 text that it stands for. Raises Unreadable."""
    included = 0
    for include in list(root.iter(_INCLUDE)):
        parent, href = include.getparent(), include.get("href", "")
        content = attachments.get(unquote(href.removeprefix("cid:"))) if href.startswith("cid:") else None
        if content is None or parent is None or len(parent) != 1 or (parent.text or "").strip():
            raise unreadable(XOP, href=href[:80])
        included += len(content)
        if included > MAX_DOCUMENT:
            raise unreadable(TOO_LARGE, what=_ATTACHMENTS, limit=f"{MAX_DOCUMENT >> 20} MiB")
        parent.remove(include)
        parent.text = base64.b64encode(content).decode()


def _part(piece: bytes) -> tuple[str, tuple[Headers, bytes]]:
    """Content id, headers and bytes of one part."""
    head, separator, content = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not separator or len(head) > _LONGEST_HEADERS:
        raise unreadable(MIME, detail=Text("有的部分没有头", "a part without headers"))
    headers = BytesHeaderParser().parsebytes(head)
    if str(headers.get("content-transfer-encoding", "")).strip().lower() not in _BINARY:
        raise unreadable(MIME, detail=Text("各部分须为二进制", "parts must be binary"))
    return _id(str(headers.get("content-id", ""))), (headers, content)


def _root_type(outer: Headers, root: Headers) -> Headers:
    """The content type that the envelope would have by itself; SOAP 1.2 says its action there."""
    found = Headers()
    found["content-type"] = str(root.get_param("type") or outer.get_param("start-info") or "")
    action = found.get_param("action") or root.get_param("action") or outer.get_param("action")
    if action:
        found.set_param("action", str(action))
    return found


def _id(text: str) -> str:
    return text.strip().removeprefix("<").removesuffix(">")
