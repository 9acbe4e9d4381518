from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import Unreadable
from adapters.formats import xml
from tests.unit.adapters.helpers import codes, good, records

DOCUMENT = (
    '<?xml version="1.0" encoding="{}"?><!-- 注 -->'
    '<列表 xmlns="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<合同 编号="1"><游客><姓名>䶮</姓名></游客><游客><姓名>㛃𬱟</姓名></游客>'
    '<价 币="元">5</价><无 xsi:nil="true"/></合同>'
    "<合同><空/></合同></列表>"
)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "utf-8"), ("utf-16", "UTF-16"), ("gb18030", "GB18030"), ("gb18030", "GBK"),
     ("gb18030", "gb2312"), ("utf-16-le", "UTF-16LE")],
)  # fmt: skip
def test_every_encoding_gives_the_same_records(encoding: str, declared: str) -> None:
    found = records("xml", DOCUMENT.format(declared).encode(encoding), records="合同")
    assert good(found) == [
        {"@编号": "1", "游客": [{"姓名": "䶮"}, {"姓名": "㛃𬱟"}], "价": {"@币": "元", "#text": "5"}, "无": None},
        {"空": None},
    ]
    assert found[0].locate(("游客", 1, "姓名")) == "(//合同)[1]/游客[2]/姓名"  # type: ignore[union-attr]


LED = [("\n\n", "utf-8"), (" \t\r\n", "utf-8-sig"), ("\n\n", "utf-16"), ("\n", "utf-16-be"), ("\n", "utf-32"),
       ("\n", "gb18030"), ("\ufeff", "utf-8-sig")]  # fmt: skip


@pytest.mark.parametrize(("led", "encoding"), LED)
@pytest.mark.parametrize("declares", [True, False])
def test_what_leads_a_document_changes_nothing(led: str, encoding: str, declares: bool) -> None:
    named = encoding.removesuffix("-sig")
    text = DOCUMENT.format(named) if declares else DOCUMENT.partition("?>")[2]
    raw = (led + text).encode(encoding)
    assert good(records("xml", raw, records="合同")) == good(
        records("xml", DOCUMENT.format("utf-8").encode(), records="合同")
    )
    assert xml.parse(raw)[0].get("编号") == "1"
    assert xml.parse(raw).sourceline == 1 + led.count("\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
@pytest.mark.parametrize("doctype", ["<!DOCTYPE a>", "<!-- x --><?pi?>\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'>"])
def test_a_doctype_is_refused_in_every_encoding(encoding: str, doctype: str) -> None:
    raw = f'<?xml version="1.0"?>{doctype}<a><b>x</b></a>'.encode(encoding)
    for read in (lambda: records("xml", raw, records="a"), lambda: xml.parse(raw)):
        with pytest.raises(Unreadable, match=r"FORMAT-02[01]"):
            read()


def test_a_doctype_in_the_declared_encoding_is_refused() -> None:
    raw = b'<?xml version="1.0" encoding="cp037"?>' + b"<!DOCTYPE a><a/>"
    with pytest.raises(Unreadable):
        records("xml", raw, records="a")


def test_billion_laughs_are_refused() -> None:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    with pytest.raises(Unreadable, match="FORMAT-021"):
        records("xml", f'<!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a>&l9;</a>'.encode(), records="a")


def test_a_deep_or_attribute_laden_record_is_rejected_alone() -> None:
    deep = "<x>" * 40 + "</x>" * 40
    laden = "<y " + " ".join(f'a{i}="1"' for i in range(100)) + "/>"
    found = records("xml", f"<l><r><a>1</a></r><r>{deep}</r><r>{laden}</r></l>".encode(), records="r")
    assert good(found) == [{"a": "1"}]
    assert codes(found) == ["FORMAT-003", "FORMAT-022"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "FORMAT-001"),
        (b"<l><r><a/></r>", "FORMAT-020"),
        (b"<l/>", "FORMAT-006"),
        (b"text", "FORMAT-020"),
        (b"<l>&nbsp;<r/></l>", "FORMAT-020"),
        (b'<?xml version="1.0" encoding="klingon"?><l/>', "FORMAT-002"),
    ],
)
def test_a_broken_document_is_unreadable(raw: bytes, code: str) -> None:
    with pytest.raises(Unreadable, match=code):
        records("xml", raw, records="r")


@given(st.binary(max_size=200), st.sampled_from([b"", b"<?xml version='1.0'?>", b"<r>", b"\xff\xfe<\0"]))
def test_any_bytes_are_read_or_refused(raw: bytes, head: bytes) -> None:
    for read in (lambda: records("xml", head + raw, records="r"), lambda: xml.parse(head + raw)):
        with suppress(Unreadable):
            read()


SAMPLED = 1 << 16


@pytest.mark.parametrize("sampled", range(12))
@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
def test_a_doctype_at_the_edge_of_what_is_sampled_is_refused(sampled: int, whole: bool) -> None:
    """Of `<!DOCTYPE` the sample holds so many characters, and perhaps some after it."""
    comment = f"<!--{'x' * (SAMPLED - sampled - 7)}-->"
    raw = f'{comment}<!DOCTYPE a [<!ENTITY e "boo">]><a><b>&e;</b></a>'.encode()
    with pytest.raises(Unreadable) as refused:
        xml.parse(raw) if whole else records("xml", raw, records="a")
    assert refused.value.finding.code in ("FORMAT-001", "FORMAT-020", "FORMAT-021")
