"""A look at a Word document from outside: what it is made of, before anything opens it as one.

A contract is text, tables and pictures. Whatever acts or reaches out (macros, links, embedded objects, fields that
fetch, marks that a template engine would obey) is refused with the name of the part where it stands.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from adapters.formats import xml
from adapters.formats.problems import ARCHIVE_BOMB, EMPTY, SHEET_PASSWORD
from adapters.word.problems import HAS_MARKS, NOT_WORD, OLD_WORD, REVISED, UNSAFE, unreadable
from schemas.findings import Text

MOST_BYTES = 5 << 20
MAX_MEMBERS = 500
MAX_TOTAL = 64 << 20
MAX_RATIO, RATIO_FROM = 200, 4 << 20
MAX_PART = 24 << 20
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CONTENT_TYPES, _MAIN = "[Content_Types].xml", "word/document.xml"
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MARKS = re.compile(r"\{\{|\{%|\{#|%\}|\}\}")
_SPACES = re.compile(r"\s+")
_FETCHING = frozenset(
    {
        "DATABASE",
        "DDE",
        "DDEAUTO",
        "GOTOBUTTON",
        "HYPERLINK",
        "IMPORT",
        "INCLUDE",
        "INCLUDEPICTURE",
        "INCLUDETEXT",
        "LINK",
        "MACROBUTTON",
        "MERGEFIELD",
        "PRINT",
        "RD",
    }
)
"""Fields that fetch, call or print when a word processor meets them."""
_FOREIGN_FOLDERS = {
    "word/activex/": Text("ActiveX 控件", "ActiveX controls"),
    "word/embeddings/": Text("嵌入对象", "embedded objects"),
    "customui/": Text("自定义界面", "a custom interface"),
    "userCustomization/".lower(): Text("自定义界面", "a custom interface"),
}
_MACROS = Text("宏", "macros")
_EMBEDDED = Text("嵌入对象", "embedded objects")
_LINKED = Text("外部链接", "links to elsewhere")
_PULLED = Text("会取外部内容的域", "fields that fetch")
_CHUNK = Text("引入的外部内容", "imported foreign content")
_TWICE = Text("重名或越界的部件", "parts with a name that is used twice or leads elsewhere")
_ELEMENTS = {
    f"{W}altChunk": _CHUNK,
    f"{W}object": _EMBEDDED,
    f"{W}control": Text("ActiveX 控件", "ActiveX controls"),
    f"{W}subDoc": _CHUNK,
    f"{W}mailMerge": Text("邮件合并的数据源", "a source of mail merging"),
    f"{W}attachedTemplate": Text("附加的模板", "an attached template"),
}
_REVISIONS = frozenset(f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo", "cellIns", "cellDel"))


def must_be_harmless(raw: bytes, *, is_template: bool = False) -> None:
    """Raises Unreadable for what is no .docx, is too large once unfolded, or holds more than text, tables and pictures.

    Legacy form fields (FORMTEXT, FORMCHECKBOX) and page numbers are no danger and stay; so do the marks of what
    `is_template`, which are checked by themselves.
    """
    if not raw:
        raise unreadable(EMPTY)
    if raw.startswith(_OLE):
        raise unreadable(SHEET_PASSWORD if _ENCRYPTED in raw else OLD_WORD)
    if not raw.startswith(_ZIP):
        raise unreadable(NOT_WORD)
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        members = _members(archive)
        _must_be_word(archive, members)
        for name in sorted(members):
            _must_be_plain(name, archive, is_template=is_template)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, KeyError, RuntimeError):
        raise unreadable(NOT_WORD) from None


def _members(archive: zipfile.ZipFile) -> set[str]:
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        count = len(infos)
        raise unreadable(ARCHIVE_BOMB, detail=Text(f"含 {count} 个文件", f"{count} files"))
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL:
        raise unreadable(ARCHIVE_BOMB, detail=f"{total >> 20} MiB")
    seen: set[str] = set()
    for info in infos:
        if info.flag_bits & 1:
            raise unreadable(SHEET_PASSWORD)
        if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise unreadable(ARCHIVE_BOMB, detail=f"1:{info.file_size // max(info.compress_size, 1)}")
        name = info.filename
        if name.casefold() in seen or name.startswith("/") or ".." in name.split("/") or "\\" in name:
            raise _unsafe(_TWICE, name)
        seen.add(name.casefold())
    return {info.filename for info in infos}


def _must_be_word(archive: zipfile.ZipFile, members: set[str]) -> None:
    if not {_CONTENT_TYPES, _MAIN} <= members:
        raise unreadable(NOT_WORD)
    types = _parsed(archive, _CONTENT_TYPES)
    said = {each.get("PartName", "").lstrip("/"): each.get("ContentType", "") for each in types}
    main = said.get(_MAIN, "")
    if "macroEnabled" in main:
        raise _unsafe(_MACROS, _MAIN)
    if main != _MAIN_TYPE:
        raise unreadable(NOT_WORD)


def _must_be_plain(name: str, archive: zipfile.ZipFile, *, is_template: bool) -> None:
    low = name.casefold()
    if low.endswith((".bin", ".vbs")) and "vba" in low:
        raise _unsafe(_MACROS, name)
    for folder, what in _FOREIGN_FOLDERS.items():
        if low.startswith(folder):
            raise _unsafe(what, name)
    if low.endswith(".rels"):
        _must_stay_inside(_parsed(archive, name), name)
    elif low.endswith(".xml") and low != _CONTENT_TYPES.casefold():
        _must_be_text(_parsed(archive, name), name, is_template=is_template)


def _must_stay_inside(root: etree._Element, name: str) -> None:
    for each in root.iter(_RELATIONSHIP):
        kind = each.get("Type", "").rpartition("/")[2].casefold()
        if kind in ("vbaproject", "wordvbadata"):
            raise _unsafe(_MACROS, name)
        if kind in ("oleobject", "package", "control", "afchunk", "subdocument"):
            raise _unsafe(_EMBEDDED if kind in ("oleobject", "package", "control") else _CHUNK, name)
        if each.get("TargetMode", "").casefold() == "external":
            raise _unsafe(_LINKED, f"{name}: {each.get('Target', '')[:80]}")


def _must_be_text(root: etree._Element, name: str, *, is_template: bool) -> None:
    for element in root.iter():
        tag = element.tag
        if tag in _ELEMENTS:
            raise _unsafe(_ELEMENTS[tag], name)
        if tag in _REVISIONS:
            raise unreadable(REVISED, locator=name)
        if tag == f"{W}fldSimple":
            _must_not_fetch(element.get(f"{W}instr", ""), name)
    for text in _paragraphs(root):
        if not is_template and (mark := _MARKS.search(_SPACES.sub("", text))) is not None:
            raise unreadable(HAS_MARKS, locator=name, mark=mark.group())
    for said in _instructions(root):
        _must_not_fetch(said, name)


def _paragraphs(root: etree._Element) -> Iterator[str]:
    """The text of each paragraph, however its letters are spread over runs; and of anything else that holds text."""
    for paragraph in root.iter(f"{W}p"):
        yield "".join(each.text or "" for each in paragraph.iter(f"{W}t", f"{W}instrText", f"{W}delText"))
    for element in root.iter():
        if isinstance(element.tag, str):
            yield element.text or ""
            yield from map(str, element.attrib.values())


def _instructions(root: etree._Element) -> Iterator[str]:
    """What the fields of a part say, each put together from its runs."""
    said = ""
    for element in root.iter(f"{W}fldChar", f"{W}instrText"):
        if element.tag == f"{W}instrText":
            said += element.text or ""
        else:
            yield said
            said = ""
    yield said


def _must_not_fetch(instruction: str, name: str) -> None:
    words = instruction.replace('"', " ").upper().split()
    if words and words[0] in _FETCHING:
        raise _unsafe(_PULLED, f"{name}: {words[0]}")


def _parsed(archive: zipfile.ZipFile, name: str) -> etree._Element:
    with archive.open(name) as part:
        content = part.read(MAX_PART + 1)
    if len(content) > MAX_PART:
        raise unreadable(ARCHIVE_BOMB, detail=f"{MAX_PART >> 20} MiB")
    return xml.parse(content)


def _unsafe(what: Text, where: str) -> Exception:
    return unreadable(UNSAFE, what=what, where=where)
