"""A look at a Word document from outside: what it is made of, before anything opens it as one.

A contract is text, tables and pictures. Whatever acts or reaches out (macros, links, embedded objects, fields that
fetch, marks that a template engine would obey) is refused with the name of the part where it stands.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Callable, Iterator

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
_MARKS = re.compile(r"\{\{|\{%|\{#|%\}|#\}|\}\}")
_BRACES = re.compile(r"[{}]")
_TAGS = re.compile("<[^>]*>")
_UNREAD = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
"""What our parser leaves out and a template engine, which sees letters, does not: comments, instructions."""
_WITH_MARKS = ("document.main+xml", "header+xml", "footer+xml")
"""Parts that a template may have marks in, by the ends of their types."""
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_STRICT = "{http://purl.oclc.org/ooxml/"
_ELSEWHERE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
_NESTED = "\ufffc"
_SPACES = re.compile(r"\s+")
_FETCHING = frozenset(
    {
        "DATABASE",
        "DDE",
        "DDEAUTO",
        "EMBED",
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
    "{urn:schemas-microsoft-com:office:office}OLEObject": _EMBEDDED,
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
        types = _types(archive, members)
        for name in sorted(members):
            _must_be_plain(name, archive, types(name), is_template=is_template)
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


def _types(archive: zipfile.ZipFile, members: set[str]) -> Callable[[str], str]:
    """The type of each part, as the package says: a part is what its type is, whatever it is called."""
    if not {_CONTENT_TYPES, _MAIN} <= members:
        raise unreadable(NOT_WORD)
    said: dict[str, str] = {}
    for each in _parsed(archive, _CONTENT_TYPES).iter("{*}Override", "{*}Default"):
        name = each.get("PartName") or "." + each.get("Extension", "")
        said[name.casefold()] = each.get("ContentType", "")

    def type_of(name: str) -> str:
        low = name.casefold()
        return said.get(f"/{low}") or said.get(f".{low.rpartition('.')[2]}", "")

    if any("macroenabled" in each.casefold() for each in said.values()):
        raise _unsafe(_MACROS, _CONTENT_TYPES)
    if type_of(_MAIN) != _MAIN_TYPE:
        raise unreadable(NOT_WORD)
    return type_of


def _must_be_plain(name: str, archive: zipfile.ZipFile, kind: str, *, is_template: bool) -> None:
    low = name.casefold()
    if low.endswith((".bin", ".vbs")) and "vba" in low:
        raise _unsafe(_MACROS, name)
    for folder, what in _FOREIGN_FOLDERS.items():
        if low.startswith(folder):
            raise _unsafe(what, name)
    if low.endswith(".rels"):
        _must_stay_inside(_parsed(archive, name), name)
    elif (low.endswith(".xml") or kind.casefold().endswith("xml")) and low != _CONTENT_TYPES.casefold():
        content = _content(archive, name)
        root = xml.parse(content)
        _must_be_text(root, name)
        for each in _UNREAD.finditer(content.decode("utf-8", "replace")):
            if (mark := _MARKS.search(each.group())) is not None:
                raise unreadable(HAS_MARKS, locator=name, mark=mark.group())
        _must_have_no_marks(root, name, is_template=is_template and kind.endswith(_WITH_MARKS))


def _must_stay_inside(root: etree._Element, name: str) -> None:
    for each in root.iter(_RELATIONSHIP):
        kind = each.get("Type", "").rpartition("/")[2].casefold()
        if kind == "officedocument" and each.get("Target", "").lstrip("/") != _MAIN:
            raise unreadable(NOT_WORD)
        if kind in ("vbaproject", "wordvbadata"):
            raise _unsafe(_MACROS, name)
        if kind in ("oleobject", "package", "control", "afchunk", "subdocument"):
            raise _unsafe(_EMBEDDED if kind in ("oleobject", "package", "control") else _CHUNK, name)
        if each.get("TargetMode", "").casefold() == "external" or _ELSEWHERE.match(each.get("Target", "")):
            raise _unsafe(_LINKED, f"{name}: {each.get('Target', '')[:80]}")


def _must_be_text(root: etree._Element, name: str) -> None:
    for element in root.iter("*"):
        tag = element.tag
        if tag.startswith(_STRICT):
            raise unreadable(NOT_WORD)
        if tag in _ELEMENTS:
            raise _unsafe(_ELEMENTS[tag], name)
        if tag in _REVISIONS:
            raise unreadable(REVISED, locator=name)
        if tag == f"{W}fldSimple":
            _must_not_fetch(element.get(f"{W}instr", ""), name)
    for said in _instructions(root):
        _must_not_fetch(said, name)


def _must_have_no_marks(root: etree._Element, name: str, *, is_template: bool) -> None:
    """No mark in text or attributes, however its letters are spread over elements.

    What `is_template` has them in its text, and nowhere else. It is emptied by that.
    """
    if is_template:
        for each in root.iter(f"{W}t"):
            each.text = ""
    written = etree.tostring(root, encoding="unicode")
    for text in (written, _SPACES.sub("", _TAGS.sub("", written))):
        if (mark := _MARKS.search(text)) is not None:
            raise unreadable(HAS_MARKS, locator=name, mark=mark.group())


def _instructions(root: etree._Element) -> Iterator[str]:
    """What the fields of a part say, each put together from its runs; a field within one stands as a mark of its own"""
    opened: list[str] = []
    for element in root.iter(f"{W}fldChar", f"{W}instrText", f"{W}delInstrText"):
        if element.tag != f"{W}fldChar":
            said = element.text or ""
            yield said
            opened[-1:] = [opened[-1] + said] if opened else []
        elif element.get(f"{W}fldCharType") == "begin":
            opened[-1:] = [opened[-1] + _NESTED] if opened else []
            opened.append("")
        elif element.get(f"{W}fldCharType") == "end" and opened:
            yield opened.pop()
    yield from opened


def _must_not_fetch(instruction: str, name: str) -> None:
    """Nor may what a field does be put together by another one, or by what is filled in."""
    words = instruction.replace('"', " ").upper().split()
    if words and (words[0] in _FETCHING or _NESTED in words[0]):
        raise _unsafe(_PULLED, f"{name}: {words[0].replace(_NESTED, '…')}")
    if (brace := _BRACES.search(instruction)) is not None:
        raise unreadable(HAS_MARKS, locator=name, mark=brace.group())


def _parsed(archive: zipfile.ZipFile, name: str) -> etree._Element:
    return xml.parse(_content(archive, name))


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        content = part.read(MAX_PART + 1)
    if len(content) > MAX_PART:
        raise unreadable(ARCHIVE_BOMB, detail=f"{MAX_PART >> 20} MiB")
    declared = _DECLARED.match(content.removeprefix(codecs.BOM_UTF8))
    if b"\0" in content or (declared and declared.group(1).lower() not in (b"utf-8", b"us-ascii")):
        raise unreadable(NOT_WORD)  # no word processor writes another, and two readers might read it differently
    return content


def _unsafe(what: Text, where: str) -> Exception:
    return unreadable(UNSAFE, what=what, where=where)
