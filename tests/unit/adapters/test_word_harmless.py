"""Documents in Word that act, reach out or hold more than they seem to: refused, each with its reason."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping

import pytest

from adapters.errors import Unreadable
from adapters.word import harmless
from adapters.word.harmless import must_be_harmless
from tests.word import making

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DOCUMENT, SETTINGS, TYPES = "word/document.xml", "word/settings.xml", "[Content_Types].xml"
RELS = "word/_rels/document.xml.rels"
PLAIN = making.made_of("旅游者：[[s:signatories.0.name]]").content
MARK = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'


def parts_of(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(parts: Mapping[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return kept.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    return zipped(parts_of(PLAIN) | {name: content})


def changed(name: str, old: str, new: str) -> bytes:
    parts = parts_of(PLAIN)
    text = parts[name].decode()
    assert old in text
    return zipped(parts | {name: text.replace(old, new, 1).encode()})


def with_text(xml: str) -> bytes:
    """The document with something more in its body."""
    return changed(DOCUMENT, "<w:sectPr", f"<w:p>{xml}</w:p><w:sectPr")


def with_body(xml: str) -> bytes:
    return changed(DOCUMENT, "<w:sectPr", f"{xml}<w:sectPr")


def related(kind: str, target: str, mode: str = "External") -> bytes:
    said = f'<Relationship Id="rId99" Type="{RELATIONSHIPS}/{kind}" Target="{target}"{_mode(mode)}/>'
    return changed(RELS, "</Relationships>", f"{said}</Relationships>")


def _mode(mode: str) -> str:
    return f' TargetMode="{mode}"' if mode else ""


def field(*pieces: str) -> bytes:
    """A field whose instruction is spread over runs."""
    runs = "".join(f'<w:r><w:instrText xml:space="preserve">{piece}</w:instrText></w:r>' for piece in pieces)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{each}"/></w:r>' for each in ("begin", "end"))
    return with_text(f"{begin}{runs}{end}")


def refused(raw: bytes, *, is_template: bool = False) -> str:
    """Code and reason; "" for what is taken."""
    try:
        must_be_harmless(raw, is_template=is_template)
    except Unreadable as failure:
        return f"{failure.finding.code} {failure.finding.reason.zh} {failure.finding.reason.en}"
    return ""


def test_a_contract_is_taken() -> None:
    for name in making.names():
        assert not refused(making.made(name).content)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(with_part("word/vbaProject.bin", b"x"), "macros", id="macros"),
        pytest.param(
            changed(TYPES, "wordprocessingml.document.main", "ms-word.document.macroEnabled.main"), "macros", id="docm"
        ),
        pytest.param(related("vbaProject", "x.bin", ""), "macros", id="macros under another name"),
        pytest.param(related("hyperlink", "https://x.example/"), "links to elsewhere", id="hyperlink"),
        pytest.param(related("image", "https://x.example/a.png"), "links to elsewhere", id="picture"),
        pytest.param(related("attachedTemplate", "file:///c:/x.dotm"), "links to elsewhere", id="template"),
        pytest.param(related("image", "https://x.example/a.png", ""), "links to elsewhere", id="said to be inside"),
        pytest.param(related("image", "\\\\host\\share\\a.png", ""), "links to elsewhere", id="share"),
        pytest.param(related("oleObject", "https://x.example/a"), "embedded objects", id="object elsewhere"),
        pytest.param(related("oleObject", "a.bin", ""), "embedded objects", id="object"),
        pytest.param(related("package", "a.xlsx", ""), "embedded objects", id="package"),
        pytest.param(related("control", "a.xml", ""), "embedded objects", id="control"),
        pytest.param(related("aFChunk", "a.html", ""), "imported foreign content", id="chunk related"),
        pytest.param(related("subDocument", "b.docx"), "imported foreign content", id="document within"),
        pytest.param(with_part("word/embeddings/a.bin", b"x"), "embedded objects", id="embedded"),
        pytest.param(with_part("word/activeX/activeX1.xml", b"<x/>"), "ActiveX", id="activex"),
        pytest.param(with_part("customUI/customUI.xml", b"<x/>"), "custom interface", id="interface"),
        pytest.param(with_body('<w:altChunk w:id="x"/>'), "imported foreign content", id="chunk"),
        pytest.param(with_body('<w:subDoc w:id="x"/>'), "imported foreign content", id="subdocument"),
        pytest.param(with_text("<w:r><w:object/></w:r>"), "embedded objects", id="object in text"),
        pytest.param(
            with_text('<w:r><w:pict><o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office"/></w:pict></w:r>'),
            "embedded objects",
            id="object in a picture",
        ),
        pytest.param(field('DDEAUTO c:\\\\x "y"'), "fields that fetch", id="dde"),
        pytest.param(field("INCL", "UDETE", 'XT "c:\\\\x"'), "fields that fetch", id="include over runs"),
        pytest.param(field(' "link" Excel.Sheet x'), "fields that fetch", id="link in quotes"),
        pytest.param(field("\n hyperlink ", "https://x.example"), "fields that fetch", id="hyperlink field"),
        pytest.param(field("EMBED Package"), "fields that fetch", id="embed"),
        pytest.param(
            with_text('<w:fldSimple w:instr=" INCLUDEPICTURE x "><w:r/></w:fldSimple>'),
            "fields that fetch",
            id="simple",
        ),
        pytest.param(
            with_text(
                '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
                '<w:r><w:instrText>QUOTE "INCLUDE"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
                '<w:r><w:instrText>TEXT x</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
            ),
            "fields that fetch",
            id="put together by a field",
        ),
        pytest.param(
            changed(SETTINGS, "</w:settings>", "<w:mailMerge/></w:settings>"), "a source of mail merging", id="merging"
        ),
    ],
)
def test_what_acts_or_reaches_out_is_refused(raw: bytes, said: str) -> None:
    assert refused(raw).startswith("FORMAT-062")
    assert said in refused(raw)


@pytest.mark.parametrize("code", ["FORMTEXT", "FORMCHECKBOX", " PAGE ", "NUMPAGES", "DATE"])
def test_form_fields_and_page_numbers_stay(code: str) -> None:
    assert not refused(field(code))


@pytest.mark.parametrize("name", ["ins", "del", "moveFrom", "moveTo"])
def test_tracked_changes_are_to_be_settled_first(name: str) -> None:
    assert refused(with_text(f'<w:{name} w:id="1"><w:r/></w:{name}>')).startswith("FORMAT-064")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(with_text(MARK.format("{{ x }}")), id="in text"),
        pytest.param(with_text(MARK.format("{") + MARK.format("{ x }") + MARK.format("}")), id="over runs"),
        pytest.param(with_text(MARK.format("{") + "<w:r><w:tab/></w:r>" + MARK.format("% if x %")), id="over a tab"),
        pytest.param(with_body(f"<w:p>{MARK.format('{')}</w:p><w:p>{MARK.format('{ x')}</w:p>"), id="over paragraphs"),
        pytest.param(with_text(MARK.format("{# x #}")), id="comment of a template"),
        pytest.param(with_text('<w:r><w:t w:x="{{ x }}">a</w:t></w:r>'), id="in an attribute"),
        pytest.param(with_text('<w:r><w:drawing><x descr="{% x %}"/></w:drawing></w:r>'), id="in an alternative text"),
        pytest.param(with_body("<!-- {{ x }} -->"), id="in a comment of XML"),
        pytest.param(with_body("<?x {{ x }} ?>"), id="in an instruction of XML"),
        pytest.param(with_body("{{ x }}"), id="between paragraphs"),
        pytest.param(
            with_part("word/header1.xml", f"<w:hdr {W}><w:p>{MARK.format('{{ x')}</w:p></w:hdr>".encode()), id="header"
        ),
        pytest.param(
            with_part("word/footer1.xml", f"<w:ftr {W}><w:p>{MARK.format('{{ x')}</w:p></w:ftr>".encode()), id="footer"
        ),
        pytest.param(
            with_part("word/footnotes.xml", f"<w:footnotes {W}>{{{{ x</w:footnotes>".encode()), id="footnotes"
        ),
        pytest.param(with_part("docProps/core.xml", b"<x><title>{{ x }}</title></x>"), id="properties"),
        pytest.param(field("DOCVARIABLE {", "{ x }}"), id="in a field"),
        pytest.param(field("{ x }"), id="a brace in a field"),
    ],
)
def test_marks_of_templates_are_refused_wherever_they_stand(raw: bytes) -> None:
    assert refused(raw).startswith("FORMAT-063")


def test_a_template_has_marks_in_its_text_and_nowhere_else() -> None:
    assert not refused(with_text(MARK.format("{") + MARK.format("{ agency.name }}")), is_template=True)
    for raw in (
        with_text('<w:r><w:t w:x="{{ x }}">a</w:t></w:r>'),
        field("{{ supplementary_clause }}"),
        field("QUOTE {", "{ remark }}"),
        with_part("docProps/core.xml", b"<x><title>{{ x }}</title></x>"),
        with_part("word/footnotes.xml", f"<w:footnotes {W}><w:t>{{{{ x }}}}</w:t></w:footnotes>".encode()),
    ):
        assert refused(raw, is_template=True).startswith("FORMAT-063")


def test_a_part_is_what_its_type_is() -> None:
    """The main part may be called as it likes: it is looked at by its type, and only one kind of text is read."""
    parts = parts_of(PLAIN)
    types = parts[TYPES].decode().replace("</Types>", '<Default Extension="dat" ContentType="x/y+xml"/></Types>')
    hidden = f"<w:document {W}><w:body><w:altChunk/></w:body></w:document>".encode()
    assert refused(zipped(parts | {TYPES: types.encode(), "word/a.dat": hidden})).startswith("FORMAT-062")
    assert refused(zipped(parts | {TYPES: types.encode(), "word/a.dat": b"<x>{{ x }}</x>"})).startswith("FORMAT-063")
    strict = parts[DOCUMENT].replace(
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    assert refused(zipped(parts | {DOCUMENT: strict})).startswith("FORMAT-060")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(b"", "FORMAT-001", id="nothing"),
        pytest.param(b"%PDF-1.7", "FORMAT-060", id="another kind"),
        pytest.param(harmless._OLE + bytes(600), "FORMAT-061", id="doc"),
        pytest.param(harmless._OLE + harmless._ENCRYPTED, "FORMAT-043", id="password"),
        pytest.param(PLAIN[: len(PLAIN) // 2], "FORMAT-060", id="cut off"),
        pytest.param(PLAIN[:-8], "FORMAT-060", id="cut off at the end"),
        pytest.param(zipped({"a.txt": b"x"}), "FORMAT-060", id="another archive"),
        pytest.param(with_part(DOCUMENT, b"<x"), "FORMAT-020", id="no xml"),
        pytest.param(with_part(DOCUMENT, b'<!DOCTYPE x [<!ENTITY y "z">]><x>&y;</x>'), "FORMAT-021", id="doctype"),
        pytest.param(with_part(DOCUMENT, "<x/>".encode("utf-16")), "FORMAT-060", id="utf-16"),
        pytest.param(with_part(DOCUMENT, b'<?xml version="1.0" encoding="GBK"?><x/>'), "FORMAT-060", id="gbk"),
        pytest.param(with_part(DOCUMENT, b"<x>" * 400 + b"</x>" * 400), "FORMAT-020", id="deep"),
        pytest.param(with_body('<w:p xmlns:x="{{ x }}"/>'), "FORMAT-020", id="mark as a namespace"),
        pytest.param(with_part("word/../../x.xml", b"<x/>"), "FORMAT-062", id="leads outside"),
        pytest.param(with_part("/x.xml", b"<x/>"), "FORMAT-062", id="from the root"),
        pytest.param(with_part("WORD/document.xml", b"<x/>"), "FORMAT-062", id="twice"),
        pytest.param(with_part(TYPES, b"<Types><!-- x --></Types>"), "FORMAT-060", id="no types"),
    ],
)
def test_what_is_no_document_is_told_apart(raw: bytes, code: str) -> None:
    assert refused(raw).startswith(code)


def _many() -> bytes:
    return zipped(parts_of(PLAIN) | {f"word/media/{at}.png": b"x" for at in range(harmless.MAX_MEMBERS)})


def _large() -> bytes:
    each = bytes(harmless.RATIO_FROM)
    return zipped(parts_of(PLAIN) | {f"word/media/{at}.png": each for at in range(harmless.MAX_TOTAL // len(each))})


def _dense() -> bytes:
    return with_part("word/document.xml", b"<x>" + b" " * (harmless.RATIO_FROM + 1) + b"</x>")


@pytest.mark.parametrize("bomb", [_many, _large, _dense], ids=["members", "total", "ratio"])
def test_an_archive_that_unfolds_is_refused_before_it_does(bomb: Callable[[], bytes]) -> None:
    raw = bomb()
    tracemalloc.start()
    began = time.monotonic()
    assert refused(raw).startswith("FORMAT-041")
    assert time.monotonic() - began < 2
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_an_encrypted_member_is_a_password() -> None:
    raw = bytearray(PLAIN)
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 8] |= 1
    assert refused(bytes(raw)).startswith("FORMAT-043")
